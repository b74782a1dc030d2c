#include "vault.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/str.h"

int vault_read_master(const char *path, struct vault_key *ret)
{
    char text[2 * VAULT_KEY_BYTES + 2] = "";
    struct stat st;
    ssize_t n;
    int fd;

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(ERR_FATAL, "keys.file: cannot open %s: %s", path, strerror(errno));
    if (fstat(fd, &st) < 0 || (st.st_mode & 007)) {
        close(fd);
        return err_set(ERR_FATAL, "keys.file: %s must not be open to others (chmod 0640 or 0600)", path);
    }
    n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n > 0 && text[n - 1] == '\n')
        n--;
    if (n < 0 || !hex_decode(text, (size_t)n, ret->bytes, VAULT_KEY_BYTES)) {
        explicit_bzero(text, sizeof text);
        return err_set(ERR_FATAL, "keys.file: %s must hold 64 hexadecimal digits", path);
    }
    explicit_bzero(text, sizeof text);
    return 0;
}

int vault_write_master(const char *path)
{
    char text[2 * VAULT_KEY_BYTES + 2];
    struct vault_key k;
    bool written;
    int fd;

    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(ERR_FATAL, "cannot make the key file %s: %s", path, strerror(errno));
    vault_new_key(&k);
    hex_encode(k.bytes, sizeof k.bytes, text);
    text[2 * VAULT_KEY_BYTES] = '\n';
    written = write(fd, text, 2 * VAULT_KEY_BYTES + 1) == 2 * VAULT_KEY_BYTES + 1 && fsync(fd) == 0;
    close(fd);
    vault_wipe(&k);
    explicit_bzero(text, sizeof text);
    return written ? 0 : err_set(ERR_FATAL, "cannot write the key file %s: %s", path, strerror(errno));
}

void vault_new_key(struct vault_key *ret)
{
    random_bytes(ret->bytes, sizeof ret->bytes);
}

void vault_derive(const struct vault_key *data_key, enum vault_purpose purpose, struct vault_key *ret)
{
    _Static_assert(VAULT_KEY_BYTES == crypto_kdf_KEYBYTES, "key size");
    crypto_kdf_derive_from_key(ret->bytes, sizeof ret->bytes, (uint64_t)purpose, "redress1", data_key->bytes);
}

void vault_wipe(struct vault_key *k)
{
    explicit_bzero(k, sizeof *k);
}

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG   crypto_aead_xchacha20poly1305_ietf_ABYTES

void *vault_seal(struct arena *a, const struct vault_key *k, const char *context, const void *data, size_t len,
                 size_t *ret_len)
{
    unsigned char *out = arena_calloc(a, NONCE + len + TAG, 1);

    _Static_assert(NONCE + TAG == VAULT_SEAL_BYTES, "what sealing adds");
    random_bytes(out, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, data, len, (const unsigned char *)context,
                                               strlen(context), NULL, out, k->bytes);
    *ret_len = NONCE + len + TAG;
    return out;
}

void *vault_open(struct arena *a, const struct vault_key *k, const char *context, const void *sealed, size_t len,
                 size_t *ret_len)
{
    const unsigned char *in = sealed;
    unsigned char *out;

    if (len < VAULT_SEAL_BYTES)
        return NULL;
    out = arena_calloc(a, len - VAULT_SEAL_BYTES + 1, 1);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, in + NONCE, len - NONCE,
                                                   (const unsigned char *)context, strlen(context), in, k->bytes) != 0)
        return NULL;
    *ret_len = len - VAULT_SEAL_BYTES;
    return out;
}

bool vault_open_data_key(struct arena *a, const struct vault_key *master, const char *tenant, const void *wrapped,
                         size_t len, struct vault_key *ret)
{
    size_t plain_len;
    void *plain = vault_open(a, master, arena_printf(a, "tenant:%s", tenant), wrapped, len, &plain_len);
    bool opened = plain && plain_len == sizeof ret->bytes;

    if (opened)
        memcpy(ret->bytes, plain, sizeof ret->bytes);
    if (plain)
        explicit_bzero(plain, plain_len);
    return opened;
}

void vault_hash(const struct vault_key *k, const void *data, size_t len, char out[VAULT_HASH_TEXT])
{
    unsigned char digest[16];

    crypto_generichash(digest, sizeof digest, data, len, k->bytes, sizeof k->bytes);
    hex_encode(digest, sizeof digest, out);
}
