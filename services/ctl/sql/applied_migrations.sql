SELECT service, version, applied_at FROM redress.migration ORDER BY service, version
