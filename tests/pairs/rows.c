/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows: another writer, another proof, another envelope is one more of them.
 */
#include <glib.h>

#include "tests/pairs/scene.h"

#define SUPPORT "support@example.com"
#define HELP "help@example.com"
#define ACCOUNTING "accounting@example.com"
#define KIM "kim@example.net" /* requester */
#define KAY "kay@example.net" /* correspondent */
#define KEN "ken@example.net" /* nobody, of their domain */
#define LEE "lee@example.org" /* correspondent */
#define ZOE "zoe@example.org" /* requester of other tickets */
#define STAN "stan@stranger.example"
#define MOE "moe@junk.example" /* requester of spam */
#define BOB "bob@bystander.example"
#define BJO "bj\xc3\xb6@bystander.example"
#define JANE "jane@example.com" /* support */
#define JANE_AT_HOME "jane@home.example"
#define JOE "joe@example.com"   /* support */
#define ANN "ann@example.com"   /* accounting */
#define MEL "mel@example.com"   /* support once, accounting now */
#define NED "ned@example.com"   /* no department */
#define RITA "rita@example.com" /* support, and requester of a ticket of support's */

#define HEADER(who, mailbox) "From: " who " <" mailbox ">\n"

#define RESULT(verifier, result)                                                                   \
    "Authentication-Results: " verifier "; dmarc=" result " header.from=example.com\n"

#define LIST                                                                                       \
    "List-Id: <friends.list.example>\n"                                                            \
    "List-Post: <mailto:friends@list.example>\n"

/* Somebody whose envelope says what the header says. */
#define PERSON(what, who, mailbox, ...)                                                            \
    {                                                                                              \
        .name = what, .from = HEADER(who, mailbox), .sender = mailbox, .address = mailbox,         \
        __VA_ARGS__                                                                                \
    }

/* Somebody who has proven to be an operator. */
#define PROVEN(what, who, mailbox, ...) PERSON(what, who, mailbox, .is_proven = true, __VA_ARGS__)

const struct writer scene_writers[] = {
    PERSON("requester", "Kim Customer", KIM),
    PERSON("correspondent of the requester's domain", "Kay", KAY),
    PERSON("correspondent", "Lee", LEE),
    PERSON("requester's colleague, not on the ticket", "Ken", KEN),
    PERSON("stranger", "Stan", STAN),
    PERSON("stranger who calls himself an operator's address", "\"" JANE "\"", STAN),
    PERSON("requester, by the verifier", "Kim Customer", KIM, .is_proven = true,
           .proof_is_in_header = true,
           .headers = "Authentication-Results: mail.example.com; dmarc=pass "
                      "header.from=example.net\n"),
    PERSON("forged requester, says the verifier", "Kim Customer", KIM, .is_disowned = true,
           .headers = "Authentication-Results: mail.example.com; dmarc=fail "
                      "header.from=example.net\n"),
    PERSON("requester of spam", "Moe", MOE),
    PERSON("somebody else's customer", "Zoe Other", ZOE),
    {.name = "mailing list, requester's From",
     .from = HEADER("Kim Customer", KIM),
     .sender = "friends-bounces@list.example",
     .address = KIM,
     .is_passed_on = true,
     .headers = "List-Id: <friends.list.example>\nPrecedence: list\n"},
    {.name = "mailing list, its own From",
     .from = HEADER("Kim via Friends", "friends@list.example"),
     .sender = "friends-bounces@list.example",
     .address = KIM,
     .is_passed_on = true,
     .headers = LIST "Reply-To: " KIM "\n"},
    {.name = "mailing list, operator's Reply-To",
     .from = HEADER("Jane via Friends", "friends@list.example"),
     .sender = "friends-bounces@list.example",
     .address = JANE,
     .is_passed_on = true,
     .headers = LIST "Reply-To: " JANE "\n"},
    {.name = "web form, requester's Reply-To",
     .from = HEADER("Form", "form@example.com"),
     .sender = "www@example.com",
     .address = KIM,
     .is_passed_on = true,
     .headers = "Reply-To: " KIM "\n"},
    {.name = "web form, operator's Reply-To, from a trusted network",
     .from = HEADER("Form", "form@example.com"),
     .sender = "www@example.com",
     .address = JANE,
     .trusted = true,
     .is_passed_on = true,
     .headers = "Reply-To: " JANE "\n"},
    {.name = "several in From",
     .from = "From: Stan <" STAN ">, Ken <" KEN ">\n",
     .sender = KIM,
     .address = KIM},
    {.name = "two From headers",
     .from = HEADER("Kim", KIM) HEADER("Stan", STAN),
     .sender = STAN,
     .address = STAN},
    {.name = "no From", .from = "", .sender = KIM, .address = KIM},
    {.name = "role address in From",
     .from = HEADER("Support", SUPPORT),
     .sender = STAN,
     .address = SUPPORT},

    PROVEN("operator by login", "Jane Operator", JANE, .login = "jane"),
    PROVEN("operator by login, second address", "Jane", JANE_AT_HOME, .login = JANE),
    PROVEN("colleague by login", "Joe Operator", JOE, .login = JOE),
    PROVEN("operator by network", "Jane Operator", JANE, .trusted = true),
    PROVEN("operator by sendmail", "Jane Operator", JANE, .local = true),
    PROVEN("operator by the verifier", "Jane Operator", JANE, .proof_is_in_header = true,
           .headers = RESULT("mail.example.com", "pass")),
    PROVEN("operator of another department", "Ann Accountant", ANN, .login = "ann-login"),
    PROVEN("operator moved away", "Mel Moved", MEL, .login = "mel"),
    PROVEN("operator of no department", "Ned", NED, .login = "ned"),
    PROVEN("operator who is a requester", "Rita", RITA, .login = "rita"),

    PERSON("forged operator", "Jane Operator", JANE),
    {.name = "forged operator, own sender",
     .from = HEADER("Jane Operator", JANE),
     .sender = STAN,
     .address = JANE},
    PERSON("forged operator, other operator's login", "Jane Operator", JANE, .login = JOE),
    PERSON("forged operator of another department", "Ann", ANN, .login = "ann"),
    PERSON("forged operator, moved away", "Mel", MEL),
    PERSON("forged operator of no department", "Ned", NED),
    PERSON("forged operator who is a requester", "Rita", RITA),
    {.name = "forged operator by sendmail",
     .from = HEADER("Jane Operator", JANE),
     .sender = "www@example.com",
     .address = JANE,
     .local = true},
    PERSON("forged operator, somebody else's verifier", "Jane Operator", JANE,
           .headers = RESULT("other.example", "pass")),
    PERSON("forged operator, a second result", "Jane Operator", JANE, .is_disowned = true,
           .headers = RESULT("mail.example.com", "fail") RESULT("mail.example.com", "pass")),
    PERSON("forged operator, other login with a result", "Jane Operator", JANE, .login = JOE,
           .proof_is_in_header = true, .headers = RESULT("mail.example.com", "pass")),
    {.name = "forged operator by sendmail with a result",
     .from = HEADER("Jane Operator", JANE),
     .sender = "www@example.com",
     .address = JANE,
     .local = true,
     .proof_is_in_header = true,
     .headers = RESULT("mail.example.com", "pass")},
    {.name = "operator among several in From",
     .from = "From: Kim <" KIM ">, " JANE "\n",
     .sender = KIM,
     .address = KIM},
    {.name = "no From, operator's sender", .from = "", .sender = JANE, .address = JANE},

    {.name = "automatic reply",
     .from = HEADER("Kim Customer", KIM),
     .sender = KIM,
     .address = KIM,
     .is_machine = true,
     .headers = "Auto-Submitted: auto-replied (vacation)\n"},
    {.name = "automatic reply of an operator's, by login",
     .from = HEADER("Jane Operator", JANE),
     .sender = JANE,
     .address = JANE,
     .login = "jane",
     .is_proven = true,
     .is_machine = true,
     .headers = "Auto-Submitted: auto-replied\n"},
    {.name = "null sender",
     .from = HEADER("Kim Customer", KIM),
     .sender = "",
     .address = KIM,
     .is_machine = true},
    {.name = "null sender, no From", .from = "", .sender = "", .is_machine = true},
    {.name = "null sender, operator's From and login",
     .from = HEADER("Jane Operator", JANE),
     .sender = "",
     .address = JANE,
     .login = "jane",
     .is_proven = true,
     .is_machine = true},
    {.name = "delivery report",
     .from = HEADER("Mail Delivery System", "mailer-daemon@example.net"),
     .sender = "",
     .address = "mailer-daemon@example.net",
     .is_machine = true,
     .is_report = true},
};
const unsigned scene_writer_count = G_N_ELEMENTS(scene_writers);

/* Header To and Cc, then the envelope. */
#define SENDING(what, header_to, header_cc, ...)                                                   \
    {                                                                                              \
        .name = what, .recipients = {__VA_ARGS__}, .to = header_to, .cc = header_cc                \
    }
#define WORD(word) "support+" word "@example.com"
#define COMMAND(word) SENDING("role+" word, WORD(word), NULL, WORD(word))
#define BESIDE(word) SENDING("role, role+" word, SUPPORT, WORD(word), SUPPORT, WORD(word))
#define COMMAND_AND_BOB(word) SENDING("role+" word ", outsider", WORD(word), BOB, WORD(word), BOB)
#define BESIDE_AND_BOB(word)                                                                       \
    SENDING("role, role+" word ", outsider", SUPPORT, WORD(word) ", " BOB, SUPPORT, WORD(word), BOB)

const struct sending scene_sendings[] = {
    SENDING("role", SUPPORT, NULL, SUPPORT),
    SENDING("role, odd spelling", "SUPPORT@example.com", NULL, "\"Support\"@EXAMPLE.com"),
    SENDING("role, source route", SUPPORT, NULL, "@relay.example:" SUPPORT),
    SENDING("role, other address of it", SUPPORT ", " HELP, NULL, SUPPORT, HELP),
    SENDING("role, nobody in To or Cc", NULL, NULL, SUPPORT),
    SENDING("role in Bcc, outsider in To only", BOB, NULL, SUPPORT),
    SENDING("role in Bcc, outsider", BOB, NULL, SUPPORT, BOB),
    SENDING("role in Bcc, requester in To only", KIM, NULL, SUPPORT),
    SENDING("role in Bcc, operator", JOE, NULL, SUPPORT, JOE),
    SENDING("role in Cc, outsider", BOB, SUPPORT, SUPPORT, BOB),
    SENDING("role in Cc, requester", KIM, SUPPORT, KIM, SUPPORT),
    SENDING("role in Cc, nobody in To", NULL, SUPPORT, SUPPORT),
    SENDING("role, outsider", SUPPORT, BOB, SUPPORT, BOB),
    SENDING("role, outsider in Bcc", SUPPORT, NULL, SUPPORT, BOB),
    SENDING("role, outsider outside ASCII", SUPPORT, BJO, SUPPORT, BJO),
    SENDING("role, people in Cc only", SUPPORT, BOB ", " KEN ", " JOE ", " ACCOUNTING, SUPPORT),
    SENDING("role, requester", SUPPORT ", Kim <" KIM ">", NULL, SUPPORT, KIM),
    SENDING("role, correspondents", SUPPORT, KAY ", " LEE, SUPPORT, KAY, LEE),
    SENDING("role, stranger", SUPPORT, STAN, SUPPORT, STAN),
    SENDING("role+note, requester who is an operator", WORD("note"), RITA, WORD("note"), RITA),
    SENDING("role+drop, requester who is an operator", WORD("drop"), RITA, WORD("drop"), RITA),
    SENDING("role, words of others in Cc", SUPPORT, WORD("cc-bob=example.net") ", " WORD("spam"),
            SUPPORT),
    SENDING("role, operator", SUPPORT, JOE, SUPPORT, JOE),
    SENDING("role, operator's second address", SUPPORT, JANE_AT_HOME, SUPPORT, JANE_AT_HOME),
    SENDING("role, operators elsewhere", SUPPORT, ANN ", " MEL, SUPPORT, ANN, MEL),
    SENDING("two roles", SUPPORT ", " ACCOUNTING, NULL, SUPPORT, ACCOUNTING),
    SENDING("two roles, outsider", SUPPORT, ACCOUNTING ", " BOB, ACCOUNTING, SUPPORT, BOB),
    SENDING("other role", ACCOUNTING, NULL, ACCOUNTING),
    SENDING("role without members", "night@example.com", NULL, "night@example.com"),
    SENDING("closed role", "shop@example.com", NULL, "shop@example.com"),
    SENDING("role, closed role", "shop@example.com", SUPPORT, SUPPORT, "shop@example.com"),
    SENDING("no role, requester", KIM, NULL, KIM),
    SENDING("no role, requester, colleague, outsider", KIM, JOE ", " BOB, KIM, JOE, BOB),
    SENDING("no role, correspondent, requester in Bcc", KAY, NULL, KAY, KIM),
    SENDING("no role, outsider", BOB, NULL, BOB),

    COMMAND("note"),
    COMMAND_AND_BOB("note"),
    SENDING("role+note, people in the header only", WORD("note") ", " KIM, BOB, WORD("note")),
    BESIDE("note"),
    BESIDE_AND_BOB("note"),
    SENDING("other role+note", "accounting+note@example.com", NULL, "accounting+note@example.com"),
    SENDING("role, other role+note", SUPPORT, "accounting+note@example.com", SUPPORT,
            "accounting+note@example.com"),
    COMMAND("close"),
    BESIDE("close"),
    COMMAND_AND_BOB("close"),
    BESIDE_AND_BOB("close"),
    COMMAND("reopen"),
    COMMAND("take"),
    COMMAND("drop"),
    COMMAND("assign-joe"),
    COMMAND("assign-ann"),
    COMMAND("move-accounting"),
    BESIDE("move-accounting"),
    COMMAND("merge-4"),
    BESIDE("merge-4"),
    COMMAND("merge-6"),
    COMMAND("cc-bob=bystander.example"),
    BESIDE("cc-bob=bystander.example"),
    COMMAND("uncc-lee=example.org"),
    COMMAND("for-bob=bystander.example"),
    BESIDE_AND_BOB("for-zoe=example.org"),
    COMMAND("spam"),
    COMMAND("status"),
    BESIDE("status"),
    BESIDE_AND_BOB("status"),
    COMMAND("list"),
    COMMAND_AND_BOB("list"),
    BESIDE("list"),
    SENDING("role+list, colleague", WORD("list"), JOE, WORD("list"), JOE),
    SENDING("other role+list, role+help", "accounting+list@example.com, " WORD("help"), NULL,
            "accounting+list@example.com", WORD("help")),
    COMMAND("show"),
    COMMAND("search"),
    COMMAND("help"),
    SENDING("role+take, role+list, role+status", WORD("take") ", " WORD("list"), WORD("status"),
            WORD("take"), WORD("list"), WORD("status")),
    BESIDE_AND_BOB("ntoe"),
};
const unsigned scene_sending_count = G_N_ELEMENTS(scene_sendings);

const struct whose scene_whose[] = {
    {"no ticket", 0, BY_NOTHING, NULL},
    {"kim's", 1, BY_SUBJECT, NULL},
    {"kim's, by the address", 1, BY_EXTENSION, NULL},
    {"kim's, by References", 1, BY_REFERENCES, NULL},
    {"kim's, by a foreign tag", 1, BY_FOREIGN_TAG, NULL},
    {"kim's, wrong letters", 1, BY_WRONG_LETTERS, NULL},
    {"kim's, closed yesterday", 2, BY_SUBJECT, NULL},
    {"kim's, closed long ago", 3, BY_SUBJECT, NULL},
    {"zoe's", 4, BY_SUBJECT, NULL},
    {"zoe's, by the address", 4, BY_EXTENSION, NULL},
    {"zoe's, by References", 4, BY_REFERENCES, NULL},
    {"kim's, accounting", 5, BY_SUBJECT, NULL},
    {"zoe's, accounting", 6, BY_SUBJECT, NULL},
    {"kim's, merged into zoe's", 7, BY_SUBJECT, NULL},
    {"kim's, merged, by References", 7, BY_REFERENCES, NULL},
    {"kim's, continued", 9, BY_SUBJECT, NULL},
    {"kim's, continued, by References", 9, BY_REFERENCES, NULL},
    {"kim's, a stranger answered", 11, BY_SUBJECT, "stan-1@stranger.example"},
    {"rita's", 12, BY_SUBJECT, NULL},
    {"jane's, from home", 18, BY_SUBJECT, NULL},
    {"kim's, shared", 13, BY_SUBJECT, NULL},
    {"nobody's", 14, BY_SUBJECT, NULL},
    {"kim's, no members", 15, BY_SUBJECT, NULL},
    {"kim's, closed department", 16, BY_SUBJECT, NULL},
    {"moe's spam", 17, BY_SUBJECT, NULL},
    {"no such ticket", 99, BY_SUBJECT, NULL},
};
const unsigned scene_whose_count = G_N_ELEMENTS(scene_whose);

const struct manner scene_manners[] = {
    {.name = "plain"},
    {.name = "second door", .second_door = true},
    {.name = "dressed", .is_dressed = true, .smtputf8 = true},
    {.name = "spam", .is_spam = true, .headers = "X-Spam-Flag: YES\n"},
    {.name = "spam, logged",
     .is_spam = true,
     .headers = "X-Spam-Flag: YES\n",
     .sql = "UPDATE department SET spam = 'log'"},
    {.name = "enough notices",
     .is_enough = true,
     .sql = "INSERT INTO outbox (number, kind, at, sender) "
            "SELECT number, 'acknowledge', 1772442100000, '' FROM ticket WHERE number <= 5;"
            "INSERT INTO outbox_recipient (outbox, address, next_at, counted_as, counted_at) "
            "SELECT number, '" KIM "', at, '" KIM "', at FROM outbox"},
    {.name = "no words", .has_no_words = true},
    {.name = "From kept", .from_is_kept = true, .smtputf8 = true},
    {.name = "assignee only", .sql = "UPDATE department SET follow_up = 'assignee', assign = 'no'"},
    {.name = "requester only", .sql = "UPDATE department SET correspondents = 'requester'"},
    {.name = "second door, dressed", .second_door = true, .is_dressed = true},
};
const unsigned scene_manner_count = G_N_ELEMENTS(scene_manners);
