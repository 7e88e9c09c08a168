/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libmilter's callbacks. Asks the MTA for as little as it can, lets mail to nobody of ours go
 * before its header (what may be an operator's slip: before its body), and never accepts what was
 * not recorded: whatever goes wrong is a 4xx. A session is used by one thread at a time, not always
 * the same.
 */
#include "milter/session.h"

#include <libmilter/mfapi.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "db/error.h"
#include "milter/intake.h"
#include "milter/log.h"

#define ACTIONS                                                                                    \
    (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_ADDRCPT | SMFIF_DELRCPT | SMFIF_CHGFROM |               \
     SMFIF_SETSYMLIST)
#define STEPS                                                                                      \
    (SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_MAIL | SMFIP_NR_RCPT |              \
     SMFIP_NR_HDR | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC)

/* Bytes of a reply's text: an SMTP line has 512 (RFC 5321, 4.5.3.1.5). */
#define REPLY_MAX 400

/* libmilter hands no pointer of ours to its callbacks before a session has one. */
static const struct session_shared *all;

/* libmilter may return from smfi_main() while a callback still runs. No GMutex: the thread
 * sanitizer does not understand it. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t empty;
    int inside;
    bool closed;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .empty = PTHREAD_COND_INITIALIZER};

static struct intake *of(SMFICTX *ctx)
{
    return smfi_getpriv(ctx);
}

static const char *macro(SMFICTX *ctx, const char *name)
{
    return smfi_getsymval(ctx, (char *)name);
}

/* Only the macros that are used, each at the one stage where it is. */
static sfsistat negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
                          unsigned long unused0, unsigned long unused1, unsigned long *want_actions,
                          unsigned long *want_steps, unsigned long *want0, unsigned long *want1)
{
    (void)unused0;
    (void)unused1;
    if ((actions & ACTIONS) != ACTIONS || (steps & SMFIP_HDR_LEADSPC) == 0) {
        log_fault("negotiation", "the mail server's milter protocol is too old: it must be that of "
                                 "Postfix 3.4 or Sendmail 8.15");
        return SMFIS_REJECT;
    }
    *want_actions = ACTIONS;
    *want_steps = STEPS & steps;
    *want0 = 0;
    *want1 = 0;
    smfi_setsymlist(ctx, SMFIM_CONNECT, (char *)"j {daemon_name}");
    smfi_setsymlist(ctx, SMFIM_ENVFROM, (char *)"{auth_authen}");
    smfi_setsymlist(ctx, SMFIM_ENVRCPT, (char *)"{rcpt_addr}");
    smfi_setsymlist(ctx, SMFIM_EOM, (char *)"i");
    return SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
    const char *daemon = macro(ctx, "{daemon_name}");
    struct intake *intake =
        intake_new(all, (const struct sockaddr *)address,
                   g_strcmp0(daemon, SESSION_SECOND_DOOR) == 0, macro(ctx, "j"));

    (void)name;
    smfi_setpriv(ctx, intake);
    return SMFIS_NOREPLY;
}

/* libmilter lets a mail server begin in the middle. Then there is nothing to say yes to. */
static sfsistat on_envfrom(SMFICTX *ctx, char **arguments)
{
    if (of(ctx) == NULL)
        return SMFIS_TEMPFAIL;
    intake_begin(of(ctx), arguments[0], arguments + 1, macro(ctx, "{auth_authen}"));
    return SMFIS_NOREPLY;
}

static sfsistat on_envrcpt(SMFICTX *ctx, char **arguments)
{
    if (!intake_has_begun(of(ctx)))
        return SMFIS_TEMPFAIL;
    intake_add_recipient(of(ctx), arguments[0], macro(ctx, "{rcpt_addr}"));
    return SMFIS_NOREPLY;
}

/* The first point at which all recipients are known. */
static sfsistat on_data(SMFICTX *ctx)
{
    if (!intake_has_begun(of(ctx)))
        return SMFIS_TEMPFAIL;
    return intake_may_be_ours(of(ctx)) ? SMFIS_CONTINUE : SMFIS_ACCEPT;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
    if (!intake_has_begun(of(ctx)))
        return SMFIS_TEMPFAIL;
    intake_add_header(of(ctx), name, value);
    return SMFIS_NOREPLY;
}

static sfsistat on_eoh(SMFICTX *ctx)
{
    if (!intake_has_begun(of(ctx)))
        return SMFIS_TEMPFAIL;
    return intake_end_header(of(ctx)) ? SMFIS_CONTINUE : SMFIS_ACCEPT;
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *bytes, size_t size)
{
    if (!intake_has_begun(of(ctx)))
        return SMFIS_TEMPFAIL;
    intake_add_body(of(ctx), bytes, size);
    return SMFIS_NOREPLY;
}

/* Does one edit. Deletes from the last one up, since Postfix counts anew after each, and never the
 * first one of those that stay: Sendmail would make it again elsewhere (seen). */
static bool edit_header(SMFICTX *ctx, const struct header_edit *edit, guint count)
{
    bool done = true;

    for (guint i = count; done && i > (edit->value != NULL ? 1u : 0u); i--)
        done = smfi_chgheader(ctx, edit->name, (int)i, NULL) == MI_SUCCESS;
    if (!done || edit->value == NULL)
        return done;
    if (count > 0)
        return smfi_chgheader(ctx, edit->name, 1, edit->value) == MI_SUCCESS;
    return smfi_addheader(ctx, edit->name, edit->value) == MI_SUCCESS;
}

static bool take_out(SMFICTX *ctx, GPtrArray *recipients)
{
    bool done = true;

    for (guint i = 0; done && i < recipients->len; i++)
        done = smfi_delrcpt(ctx, recipients->pdata[i]) == MI_SUCCESS;
    return done;
}

/* In this order no copy can leave with a header that was not edited: stamp, headers, sender,
 * recipients in, recipients out, role addresses last. */
static bool edit(SMFICTX *ctx, const struct decision *decision, const struct mail *mail)
{
    bool done = true;

    for (guint i = 0; done && i < decision->edits->len; i++) {
        const struct header_edit *edit = decision->edits->pdata[i];

        done = edit_header(ctx, edit, mail_header_count(mail, edit->name));
    }
    if (done && decision->sender != NULL)
        done = smfi_chgfrom(ctx, decision->sender, NULL) == MI_SUCCESS;
    for (guint i = 0; done && i < decision->recipients_in->len; i++)
        done = smfi_addrcpt(ctx, decision->recipients_in->pdata[i]) == MI_SUCCESS;
    return done && take_out(ctx, decision->operators_out) &&
           take_out(ctx, decision->recipients_out);
}

/* The text is formatted by libmilter: a lone % would be eaten. */
static sfsistat reply(SMFICTX *ctx, const char *code, const char *status, const char *text)
{
    g_autoptr(GString) line = g_string_new_len(text, (gssize)MIN(strlen(text), REPLY_MAX));

    g_string_replace(line, "%", "%%", 0);
    smfi_setreply(ctx, (char *)code, (char *)status, line->str);
    return code[0] == '4' ? SMFIS_TEMPFAIL : SMFIS_REJECT;
}

static sfsistat apply(SMFICTX *ctx, const struct decision *decision, const struct mail *mail)
{
    switch (decision->verdict) {
    case DECISION_PASS:
        return SMFIS_ACCEPT;
    case DECISION_TAKE:
        return edit(ctx, decision, mail)
                   ? SMFIS_ACCEPT
                   : reply(ctx, "451", "4.3.0", "the message could not be edited; try again later");
    case DECISION_REFUSE:
    case DECISION_WAIT:
        break;
    }
    return reply(ctx, decision->reply_code, decision->reply_status, decision->reply);
}

/* Between these two a message is recorded and edited; false once the filter is stopping. */
static bool enter(void)
{
    bool open;

    pthread_mutex_lock(&gate.lock);
    open = !gate.closed;
    gate.inside += open;
    pthread_mutex_unlock(&gate.lock);
    return open;
}

static void leave(void)
{
    pthread_mutex_lock(&gate.lock);
    if (--gate.inside == 0)
        pthread_cond_broadcast(&gate.empty);
    pthread_mutex_unlock(&gate.lock);
}

static void close_gate(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.closed = true;
    while (gate.inside > 0)
        pthread_cond_wait(&gate.empty, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static sfsistat finish(SMFICTX *ctx)
{
    AUTO(decision) decision = intake_finish(of(ctx), macro(ctx, "i"));
    sfsistat status = apply(ctx, decision, intake_mail(of(ctx)));

    intake_end(of(ctx), decision, status == SMFIS_ACCEPT);
    return status;
}

static sfsistat on_eom(SMFICTX *ctx)
{
    sfsistat status;

    if (!intake_has_begun(of(ctx)) || !enter())
        return SMFIS_TEMPFAIL;
    status = finish(ctx);
    leave();
    return status;
}

static sfsistat on_abort(SMFICTX *ctx)
{
    intake_drop(of(ctx));
    return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *ctx)
{
    intake_free(of(ctx));
    smfi_setpriv(ctx, NULL);
    return SMFIS_CONTINUE;
}

static struct smfiDesc description = {
    .xxfi_name = (char *)"counterfoil",
    .xxfi_version = SMFI_VERSION,
    .xxfi_flags = ACTIONS,
    .xxfi_connect = on_connect,
    .xxfi_envfrom = on_envfrom,
    .xxfi_envrcpt = on_envrcpt,
    .xxfi_header = on_header,
    .xxfi_eoh = on_eoh,
    .xxfi_body = on_body,
    .xxfi_eom = on_eom,
    .xxfi_abort = on_abort,
    .xxfi_close = on_close,
    .xxfi_data = on_data,
    .xxfi_negotiate = negotiate,
};

/* libmilter takes away a socket that is there, even from under a filter that runs. */
static bool is_answered(const char *socket_name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = socket_name + strlen("unix:");
    int fd;
    bool answered;

    if (!g_str_has_prefix(socket_name, "unix:") || strlen(path) >= sizeof address.sun_path)
        return false;
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    answered = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return answered;
}

bool session_listen(const struct session_shared *shared, GError **error)
{
    const struct conf *conf = shared->site.conf;
    mode_t before;
    bool done;

    if (is_answered(conf->milter.socket)) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG, "another filter answers on %s already",
                    conf->milter.socket);
        return false;
    }
    all = shared;
    before = umask((mode_t)conf->milter.umask);
    done = smfi_register(description) == MI_SUCCESS &&
           smfi_setconn(conf->milter.socket) == MI_SUCCESS && smfi_opensocket(1) == MI_SUCCESS;
    umask(before);
    if (!done)
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG,
                    "the socket %s can't be made: does its folder exist, may this user write "
                    "there, and is no other filter running?",
                    conf->milter.socket);
    return done;
}

void session_withdraw(const struct session_shared *shared)
{
    const char *socket = shared->site.conf->milter.socket;

    /* libmilter leaves it behind. */
    if (g_str_has_prefix(socket, "unix:"))
        unlink(socket + strlen("unix:"));
}

bool session_serve(const struct session_shared *shared)
{
    bool done = smfi_main() == MI_SUCCESS;

    close_gate();
    session_withdraw(shared);
    return done;
}
