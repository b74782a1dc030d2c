#include "signing.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/str.h"

#define PEM_MAX 512

/* What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410). */
static const unsigned char secret_head[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                             0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
static const unsigned char public_head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };

#define KEY_BYTES 32

/* ---- PEM ---- */

static char *pem_of(struct arena *a, const char *label, const unsigned char *head, size_t head_len,
                    const unsigned char key[KEY_BYTES])
{
    unsigned char der[sizeof secret_head + KEY_BYTES];
    char *pem;

    memcpy(der, head, head_len);
    memcpy(der + head_len, key, KEY_BYTES);
    pem = arena_printf(a, "-----BEGIN %s-----\n%s\n-----END %s-----\n", label,
                       base64_encode(a, der, head_len + KEY_BYTES), label);
    explicit_bzero(der, sizeof der);
    return pem;
}

/* One key is one line of base64 between the marks, with white space around it or not. */
static bool parse_pem(const char *pem, size_t len, const char *label, const unsigned char *head, size_t head_len,
                      unsigned char ret[KEY_BYTES])
{
    char text[PEM_MAX], begin[64], end[64], *from, *to;
    struct arena a;
    size_t size = 0;
    void *der;
    bool ok = false;

    if (len >= sizeof text)
        return false;
    memcpy(text, pem, len);
    text[len] = '\0';
    snprintf(begin, sizeof begin, "-----BEGIN %s-----", label);
    snprintf(end, sizeof end, "-----END %s-----", label);
    from = strstr(text, begin);
    to = from ? strstr(from, end) : NULL;
    if (to) {
        from += strlen(begin);
        while (from < to && strchr(" \r\n", *from))
            from++;
        while (to > from && strchr(" \r\n", to[-1]))
            to--;
        arena_init(&a, 0);
        der = base64_decode(&a, from, (size_t)(to - from), &size);
        ok = der && size == head_len + KEY_BYTES && memcmp(der, head, head_len) == 0;
        if (ok)
            memcpy(ret, (unsigned char *)der + head_len, KEY_BYTES);
        if (der)
            explicit_bzero(der, size);
        arena_done(&a);
    }
    explicit_bzero(text, sizeof text);
    return ok;
}

char *signing_public_pem(struct arena *a, const unsigned char public[SIGNING_PUBLIC_BYTES])
{
    return pem_of(a, "PUBLIC KEY", public_head, sizeof public_head, public);
}

bool signing_parse_public(const char *pem, size_t len, unsigned char ret[SIGNING_PUBLIC_BYTES])
{
    return parse_pem(pem, len, "PUBLIC KEY", public_head, sizeof public_head, ret);
}

/* ---- files ---- */

static int write_file(const char *path, const char *text, mode_t mode)
{
    ssize_t len = (ssize_t)strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    bool written;

    if (fd < 0)
        return err_set(ERR_FATAL, "cannot make the key file %s: %s", path, strerror(errno));
    written = write(fd, text, (size_t)len) == len && fsync(fd) == 0;
    close(fd);
    return written ? 0 : err_set(ERR_FATAL, "cannot write the key file %s: %s", path, strerror(errno));
}

static int read_file(const char *path, bool secret, char text[PEM_MAX], size_t *ret_len)
{
    struct stat st;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_set(ERR_FATAL, "cannot open %s: %s", path, strerror(errno));
    if (secret && (fstat(fd, &st) < 0 || (st.st_mode & 007))) {
        close(fd);
        return err_set(ERR_FATAL, "%s must not be open to others (chmod 0640 or 0600)", path);
    }
    n = read(fd, text, PEM_MAX - 1);
    close(fd);
    *ret_len = n > 0 ? (size_t)n : 0;
    return n < 0 ? err_set(ERR_FATAL, "cannot read %s: %s", path, strerror(errno)) : 0;
}

static void from_seed(const unsigned char seed[KEY_BYTES], struct signing_key *ret)
{
    _Static_assert(crypto_sign_PUBLICKEYBYTES == SIGNING_PUBLIC_BYTES, "public key");
    _Static_assert(crypto_sign_SEEDBYTES == KEY_BYTES, "seed");
    _Static_assert(crypto_sign_SECRETKEYBYTES == sizeof ret->secret, "secret key");
    _Static_assert(crypto_sign_BYTES == SIGNATURE_BYTES, "signature");
    crypto_sign_seed_keypair(ret->public, ret->secret, seed);
}

int signing_write_new(const char *path)
{
    unsigned char seed[KEY_BYTES];
    struct signing_key k;
    struct arena a;
    char *pem;
    int r;

    arena_init(&a, 0);
    random_bytes(seed, sizeof seed);
    from_seed(seed, &k);
    pem = pem_of(&a, "PRIVATE KEY", secret_head, sizeof secret_head, seed);
    r = write_file(path, pem, 0600);
    if (r == 0)
        r = write_file(arena_printf(&a, "%s.pub", path), signing_public_pem(&a, k.public), 0644);
    explicit_bzero(pem, strlen(pem));
    explicit_bzero(seed, sizeof seed);
    signing_wipe(&k);
    arena_done(&a);
    return r;
}

int signing_read(const char *path, struct signing_key *ret)
{
    unsigned char seed[KEY_BYTES];
    char text[PEM_MAX];
    size_t len;
    int r = read_file(path, true, text, &len);

    if (r < 0)
        return err_prefix(r, "keys.signing_file");
    if (!parse_pem(text, len, "PRIVATE KEY", secret_head, sizeof secret_head, seed))
        r = err_set(ERR_FATAL, "keys.signing_file: %s must hold a private Ed25519 key in PEM", path);
    else
        from_seed(seed, ret);
    explicit_bzero(seed, sizeof seed);
    explicit_bzero(text, sizeof text);
    return r;
}

int signing_read_public(const char *path, unsigned char ret[SIGNING_PUBLIC_BYTES])
{
    char text[PEM_MAX];
    size_t len;
    int r = read_file(path, false, text, &len);

    if (r < 0)
        return r;
    return signing_parse_public(text, len, ret) ? 0
                                                : err_set(ERR_FATAL, "%s must hold a public Ed25519 key in PEM", path);
}

void signing_wipe(struct signing_key *k)
{
    explicit_bzero(k, sizeof *k);
}

/* ---- signatures ---- */

void signing_sign(const struct signing_key *k, const void *data, size_t len, unsigned char ret[SIGNATURE_BYTES])
{
    crypto_sign_detached(ret, NULL, data, len, k->secret);
}

bool signing_verify(const unsigned char public[SIGNING_PUBLIC_BYTES], const void *data, size_t len,
                    const unsigned char signature[SIGNATURE_BYTES])
{
    return crypto_sign_verify_detached(signature, data, len, public) == 0;
}
