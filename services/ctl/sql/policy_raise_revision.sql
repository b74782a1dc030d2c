UPDATE watchdog.revision SET revision = revision + 1
