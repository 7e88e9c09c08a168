/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One easy handle of libcurl. Whatever happens in it is told by its callbacks: the one before the
 * transfer says that the server is ready for a mail; the one for "headers" brings replies; the one
 * that reads, that the server asked for bytes; the one for progress is where all patience ends,
 * since libcurl's own limits do not tell a server that is slow to greet from one that is not there.
 *
 * The size of a mail is not told: libcurl counts against it the dots that it doubles, and ends the
 * mail where both numbers meet by chance (seen in 7.88). So no SIZE either (RFC 1870).
 */
#include "milter/smtp.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/crlf.h"

#define CONNECT_S 30
#define ANSWER_S 600
#define PARTING_S 10 /* after a refusal nothing is to come but a goodbye */

/* libcurl's own limits: never the first. */
#define NEVER_S (4L * ANSWER_S)

#define CHUNK (16 * 1024)

struct smtp {
    const struct submit *submit;
    const char *ca_file;
    char *url;
    CURL *easy; /* NULL: no connection, and nothing prepared for one */

    pthread_mutex_t lock;
    int parting;     /* the connection that is being closed; -1: none; under the lock, as is … */
    bool is_hurried; /* none is to be waited for */

    /* Of one attempt. */
    const struct smtp_mail *mail;
    struct attempt *attempt;
    int64_t alive_us; /* when something happened last */
    int64_t offset;   /* of the mail's next byte */
    struct crlf crlf;
    char chunk[CHUNK];
    char error[CURL_ERROR_SIZE];
};

void smtp_init(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        g_error("libcurl can't be used");
}

struct smtp *smtp_new(const struct submit *submit, const char *ca_file)
{
    struct smtp *smtp = g_new0(struct smtp, 1);

    smtp->submit = submit;
    smtp->ca_file = ca_file;
    smtp->url =
        g_strconcat(submit->security == SUBMIT_TLS ? "smtps://" : "smtp://", submit->place, NULL);
    smtp->parting = -1;
    pthread_mutex_init(&smtp->lock, NULL);
    return smtp;
}

void smtp_free(struct smtp *smtp)
{
    if (smtp == NULL)
        return;
    smtp_hang_up(smtp);
    pthread_mutex_destroy(&smtp->lock);
    g_free(smtp->url);
    g_free(smtp);
}

static void note_life(struct smtp *smtp)
{
    smtp->alive_us = g_get_monotonic_time();
}

static int on_ready(void *data, char *to, char *from, int to_port, int from_port)
{
    struct smtp *smtp = data;

    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    note_life(smtp);
    attempt_open(smtp->attempt);
    return CURL_PREREQFUNC_OK;
}

static size_t on_reply(char *line, size_t unit, size_t count, void *data)
{
    struct smtp *smtp = data;

    note_life(smtp);
    attempt_add_line(smtp->attempt, line, unit * count);
    return unit * count;
}

/* The next bytes of the mail as they are sent: *size of them, 0 at its end. */
static bool next_bytes(struct smtp *smtp, char *out, size_t room, size_t *size)
{
    const struct smtp_mail *mail = smtp->mail;
    gssize got = 1;

    for (*size = 0; got > 0 && *size == 0;) {
        got = mail->read(mail->data, smtp->offset, smtp->chunk, MIN(CHUNK, (room - 1) / 2));
        if (got < 0)
            return false;
        smtp->offset += got;
        *size = got > 0 ? crlf_convert(&smtp->crlf, smtp->chunk, (size_t)got, out)
                        : crlf_end(&smtp->crlf, out);
    }
    return true;
}

static size_t on_read(char *out, size_t unit, size_t count, void *data)
{
    struct smtp *smtp = data;
    size_t size = 0;

    note_life(smtp);
    smtp->attempt->has_begun = true;
    if (unit * count < CRLF_MAX(1) || !next_bytes(smtp, out, unit * count, &size))
        return CURL_READFUNC_ABORT;
    smtp->attempt->has_ended = size == 0;
    return size;
}

static int patience_s(struct smtp *smtp)
{
    const struct attempt *attempt = smtp->attempt;
    curl_off_t connected_us = 0;

    if (attempt->is_open)
        return attempt->code >= 400 ? PARTING_S : ANSWER_S;
    curl_easy_getinfo(smtp->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    return connected_us > 0 ? ANSWER_S : CONNECT_S;
}

static void read_code(struct smtp *smtp)
{
    long code = 0;

    curl_easy_getinfo(smtp->easy, CURLINFO_RESPONSE_CODE, &code);
    smtp->attempt->code = (int)code;
}

static int on_progress(void *data, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up)
{
    struct smtp *smtp = data;
    struct attempt *attempt = smtp->attempt;
    int patience;

    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    if (attempt->is_cut || smtp->mail->is_over(smtp->mail->data, attempt->has_ended)) {
        attempt->is_cut = true;
        return 1;
    }
    read_code(smtp);
    patience = patience_s(smtp);
    if (g_get_monotonic_time() - smtp->alive_us <= (int64_t)patience * G_USEC_PER_SEC)
        return 0;
    if (attempt->fault == NULL)
        attempt->fault = g_strdup_printf("no answer within %d seconds", patience);
    return 1;
}

/* TLS, and who we are. */
static CURLcode secure(CURL *easy, const struct smtp *smtp)
{
    const struct submit *submit = smtp->submit;
    CURLcode wrong = curl_easy_setopt(easy, CURLOPT_USE_SSL,
                                      submit->security == SUBMIT_PLAIN ? (long)CURLUSESSL_NONE
                                                                       : (long)CURLUSESSL_ALL);

    if (smtp->ca_file != NULL) {
        wrong |= curl_easy_setopt(easy, CURLOPT_CAINFO, smtp->ca_file);
        wrong |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (submit->user != NULL) {
        wrong |= curl_easy_setopt(easy, CURLOPT_USERNAME, submit->user);
        wrong |= curl_easy_setopt(easy, CURLOPT_PASSWORD, submit->password);
    }
    return wrong;
}

static CURLcode listen_to(CURL *easy, struct smtp *smtp)
{
    CURLcode wrong = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, smtp->error);

    wrong |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
    wrong |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, smtp);
    wrong |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
    wrong |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, smtp);
    wrong |= curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    wrong |= curl_easy_setopt(easy, CURLOPT_READDATA, smtp);
    wrong |= curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    wrong |= curl_easy_setopt(easy, CURLOPT_XFERINFODATA, smtp);
    wrong |= curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    return wrong;
}

static CURLcode configure(CURL *easy, struct smtp *smtp)
{
    CURLcode wrong = curl_easy_setopt(easy, CURLOPT_URL, smtp->url);

    /* Nothing of the environment counts. */
    wrong |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    wrong |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    wrong |= curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    wrong |= curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, 1L);
    wrong |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, NEVER_S);
    wrong |= curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, NEVER_S);
    return wrong | secure(easy, smtp) | listen_to(easy, smtp);
}

/* Makes the handle, as it is for all mails. */
static CURLcode prepare(struct smtp *smtp)
{
    CURL *easy = smtp->easy != NULL ? NULL : curl_easy_init();
    CURLcode wrong = easy != NULL ? configure(easy, smtp) : CURLE_OK;

    if (wrong == CURLE_OK && easy != NULL)
        smtp->easy = easy;
    else
        curl_easy_cleanup(easy);
    return wrong == CURLE_OK && smtp->easy == NULL ? CURLE_FAILED_INIT : wrong;
}

static CURLcode address(struct smtp *smtp, struct curl_slist **recipients)
{
    const struct smtp_mail *mail = smtp->mail;
    CURLcode wrong = curl_easy_setopt(smtp->easy, CURLOPT_MAIL_FROM, mail->sender);

    for (guint i = 0; i < mail->recipients->len; i++) {
        struct curl_slist *longer = curl_slist_append(*recipients, mail->recipients->pdata[i]);

        if (longer == NULL)
            return CURLE_OUT_OF_MEMORY;
        *recipients = longer;
    }
    return wrong | curl_easy_setopt(smtp->easy, CURLOPT_MAIL_RCPT, *recipients);
}

static void conclude(struct smtp *smtp, CURLcode result)
{
    struct attempt *attempt = smtp->attempt;
    long connects = 1;

    read_code(smtp);
    curl_easy_getinfo(smtp->easy, CURLINFO_NUM_CONNECTS, &connects);
    attempt->is_reused = attempt->is_open && connects == 0;
    if (result != CURLE_OK && attempt->fault == NULL)
        attempt->fault =
            g_strdup(smtp->error[0] != '\0' ? smtp->error : curl_easy_strerror(result));
}

static curl_socket_t socket_of(const struct smtp *smtp)
{
    curl_socket_t socket = CURL_SOCKET_BAD;

    if (smtp->easy != NULL)
        curl_easy_getinfo(smtp->easy, CURLINFO_ACTIVESOCKET, &socket);
    return socket;
}

bool smtp_is_connected(const struct smtp *smtp)
{
    return socket_of(smtp) != CURL_SOCKET_BAD;
}

/* libcurl says QUIT when the handle goes, and can't be told to hurry: another thread can shut its
 * socket under it, by a name of its own. */
static void set_parting(struct smtp *smtp, int socket)
{
    pthread_mutex_lock(&smtp->lock);
    if (smtp->parting >= 0)
        close(smtp->parting);
    smtp->parting = socket;
    if (smtp->parting >= 0 && smtp->is_hurried)
        shutdown(smtp->parting, SHUT_RDWR);
    pthread_mutex_unlock(&smtp->lock);
}

void smtp_hang_up(struct smtp *smtp)
{
    curl_socket_t socket = socket_of(smtp);

    if (socket != CURL_SOCKET_BAD)
        set_parting(smtp, dup(socket));
    curl_easy_cleanup(smtp->easy);
    smtp->easy = NULL;
    set_parting(smtp, -1);
}

/* libcurl keeps a connection whose last answer did not come, and would take it for the next. */
static void drop(struct smtp *smtp)
{
    curl_socket_t socket = socket_of(smtp);

    if (socket != CURL_SOCKET_BAD)
        shutdown(socket, SHUT_RDWR);
    curl_easy_cleanup(smtp->easy);
    smtp->easy = NULL;
}

void smtp_cut(struct smtp *smtp)
{
    pthread_mutex_lock(&smtp->lock);
    smtp->is_hurried = true;
    if (smtp->parting >= 0)
        shutdown(smtp->parting, SHUT_RDWR);
    pthread_mutex_unlock(&smtp->lock);
}

void smtp_send(struct smtp *smtp, const struct smtp_mail *mail, struct attempt *attempt)
{
    struct curl_slist *recipients = NULL;
    CURLcode result;

    attempt_clear(attempt);
    smtp->mail = mail;
    smtp->attempt = attempt;
    smtp->offset = 0;
    smtp->crlf = (struct crlf){false};
    smtp->error[0] = '\0';
    note_life(smtp);
    result = prepare(smtp);
    if (result == CURLE_OK)
        result = address(smtp, &recipients);
    if (result == CURLE_OK)
        result = curl_easy_perform(smtp->easy);
    conclude(smtp, result);
    curl_easy_setopt(smtp->easy, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(recipients);
    if (result != CURLE_OK && attempt->code < 400)
        drop(smtp);
}
