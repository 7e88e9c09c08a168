/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digests, by OpenSSL 3's EVP interface. Decides nothing. Any thread; what can't be done ends
 * the program.
 */
#include "db/digest.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

struct digest {
    EVP_MD_CTX *context;
};

static void must(bool done, const char *what)
{
    if (!done)
        g_error("%s: %s", what, ERR_error_string(ERR_peek_last_error(), NULL));
}

void digest_init(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

struct digest *digest_new(void)
{
    struct digest *digest = g_new0(struct digest, 1);

    digest->context = EVP_MD_CTX_new();
    must(digest->context != NULL, "no memory for a SHA-256");
    must(EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) == 1, "no SHA-256");
    return digest;
}

void digest_update(struct digest *digest, const void *data, size_t size)
{
    must(size == 0 || EVP_DigestUpdate(digest->context, data, size) == 1, "SHA-256");
}

void digest_finish(struct digest *digest, uint8_t out[DIGEST_SIZE])
{
    unsigned int size = 0;

    must(EVP_DigestFinal_ex(digest->context, out, &size) == 1 && size == DIGEST_SIZE, "SHA-256");
    digest_free(digest);
}

void digest_free(struct digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    g_free(digest);
}

void digest_hmac(const uint8_t *key, size_t key_size, const void *data, size_t size,
                 uint8_t out[DIGEST_SIZE])
{
    static const uint8_t none[1] = {0}; /* to OpenSSL, a NULL key is no key, not an empty one */
    size_t written = 0;

    must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key_size == 0 ? none : key, key_size,
                   size == 0 ? none : data, size, out, DIGEST_SIZE, &written) != NULL &&
             written == DIGEST_SIZE,
         "HMAC-SHA-256");
}

void digest_random(uint8_t *out, size_t size)
{
    while (size > 0) {
        int piece = size > INT_MAX ? INT_MAX : (int)size;

        must(RAND_priv_bytes(out, piece) == 1, "no random bytes");
        out += piece;
        size -= (size_t)piece;
    }
}

bool digest_equal(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}
