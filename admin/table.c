/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of all commands: what is not in it can't be typed, and is in no help.
 */
#include "admin/check.h"
#include "admin/command.h"
#include "admin/departments.h"
#include "admin/init.h"
#include "admin/maps.h"
#include "admin/members.h"
#include "admin/messages.h"
#include "admin/operators.h"
#include "admin/show.h"
#include "admin/templates.h"
#include "admin/tickets.h"

#define END                                                                                        \
    {                                                                                              \
        NULL, OPTION_FLAG, NULL, false, NULL                                                       \
    }

static const struct command_option init_options[] = {
    {"tag", OPTION_TEXT, "TAG", true, "what ticket IDs begin with: [TAG #1042-K7QX2]"},
    {"postmaster", OPTION_TEXT, "ADDRESS", true, "who gets what nobody else would get"},
    END,
};

static const struct command_option department_add_options[] = {
    {"address", OPTION_TEXT, "ROLE", true, "its primary role address"},
    {"title", OPTION_TEXT, "TITLE", false, "what people read (else made from NAME)"},
    END,
};

static const struct command_option department_remove_options[] = {
    {"move-to", OPTION_TEXT, "OTHER", false, "gives its open tickets to that department"},
    END,
};

static const struct command_option department_template_options[] = {
    {"default", OPTION_FLAG, NULL, false, "goes back to the built-in template"},
    END,
};

static const struct command_option member_add_options[] = {
    {"handover", OPTION_FLAG, NULL, false, "mails them the open tickets, up to 50"},
    END,
};

static const struct command_option operator_add_options[] = {
    {"name", OPTION_TEXT, "NAME", false, "the person's name"},
    {"login", OPTION_TEXT, "LOGIN", false, "their SMTP AUTH login (else the address)"},
    {"also", OPTION_LIST, "ADDRESS", false, "another address they write from"},
    END,
};

static const struct command_option ticket_list_options[] = {
    {"department", OPTION_TEXT, "NAME", false, "owned by, or shared with, a department"},
    {"state", OPTION_TEXT, "STATE", false, "open or closed"},
    {"waiting", OPTION_TEXT, "WHOM", false, "open and waiting for us, or for the customer"},
    {"older", OPTION_TEXT, "AGE", false, "waiting for longer than that: 30m, 4h, 2d, 1w"},
    {"assignee", OPTION_TEXT, "WHO", false, "of that operator, or of nobody"},
    {"requester", OPTION_TEXT, "ADDRESS", false, "asked by that person"},
    {"since", OPTION_TEXT, "DATE", false, "with something new since a day or time"},
    END,
};

static const struct command_option ticket_show_options[] = {
    {"full", OPTION_FLAG, NULL, false, "all lines of long messages"},
    END,
};

static const struct command_option ticket_take_options[] = {
    {"as", OPTION_TEXT, "OPERATOR", false, "who takes it (else who is logged in)"},
    END,
};

static const struct command_option ticket_note_options[] = {
    {"text", OPTION_TEXT, "TEXT", false, "the note (else standard input)"},
    END,
};

static const struct command_option map_options[] = {
    {"write", OPTION_FLAG, NULL, false, "writes it where [archive] role_map says"},
    END,
};

const struct command commands[] = {
    {"init", NULL, "", 0, 0, "makes the database and the key, once", init_options, ACCESS_CONF,
     init_run},
    {"check", NULL, "", 0, 0, "says whether all is as the filter needs it", NULL, ACCESS_CONF,
     check_run},
    {"department", "add", "NAME", 1, 1, "makes a department", department_add_options, ACCESS_WRITE,
     departments_add},
    {"department", "list", "", 0, 0, "lists the departments", NULL, ACCESS_READ, departments_list},
    {"department", "show", "NAME", 1, 1, "shows a department, with its settings", NULL, ACCESS_READ,
     departments_show},
    {"department", "set", "NAME KEY VALUE", 3, 3, "sets one of a department's settings", NULL,
     ACCESS_WRITE, departments_set},
    {"department", "address", "NAME add|remove|primary ROLE", 3, 3,
     "changes a department's role addresses", NULL, ACCESS_WRITE, departments_address},
    {"department", "template", "NAME KIND [FILE]", 2, 3,
     "shows what a kind of notice says, or sets it from FILE (-: standard input)",
     department_template_options, ACCESS_SHOW, templates_run},
    {"department", "remove", "NAME", 1, 1, "removes a department", department_remove_options,
     ACCESS_WRITE, departments_remove},
    {"operator", "add", "ADDRESS", 1, 1, "makes an operator", operator_add_options, ACCESS_WRITE,
     operators_add},
    {"operator", "list", "", 0, 0, "lists the operators", NULL, ACCESS_READ, operators_list},
    {"operator", "show", "ADDRESS", 1, 1, "shows an operator", NULL, ACCESS_READ, operators_show},
    {"operator", "remove", "ADDRESS", 1, 1, "removes an operator from all departments", NULL,
     ACCESS_WRITE, operators_remove},
    {"member", "add", "DEPARTMENT ADDRESS…", 2, -1, "makes operators members of a department",
     member_add_options, ACCESS_WRITE, members_add},
    {"member", "remove", "DEPARTMENT ADDRESS…", 2, -1, "takes operators out of a department", NULL,
     ACCESS_WRITE, members_remove},
    {"member", "list", "[DEPARTMENT]", 0, 1, "lists who is in which department", NULL, ACCESS_READ,
     members_list},
    {"member", "edit", "DEPARTMENT", 1, 1, "edits a department's members as text", NULL, ACCESS_OWN,
     members_edit},
    {"ticket", "list", "", 0, 0, "lists tickets, the longest waiting first", ticket_list_options,
     ACCESS_READ, tickets_list},
    {"ticket", "show", "NUMBER", 1, 1, "shows a conversation", ticket_show_options, ACCESS_READ,
     show_ticket},
    {"ticket", "close", "NUMBER", 1, 1, "closes a ticket", NULL, ACCESS_WRITE, tickets_close},
    {"ticket", "reopen", "NUMBER", 1, 1, "opens a closed ticket again", NULL, ACCESS_WRITE,
     tickets_reopen},
    {"ticket", "take", "NUMBER", 1, 1, "assigns a ticket to oneself", ticket_take_options,
     ACCESS_WRITE, tickets_take},
    {"ticket", "drop", "NUMBER", 1, 1, "assigns a ticket to nobody", NULL, ACCESS_WRITE,
     tickets_drop},
    {"ticket", "assign", "NUMBER WHO", 2, 2, "assigns a ticket to an operator", NULL, ACCESS_WRITE,
     tickets_assign},
    {"ticket", "move", "NUMBER DEPARTMENT", 2, 2, "gives a ticket to another department", NULL,
     ACCESS_WRITE, tickets_move},
    {"ticket", "merge", "NUMBER OTHER", 2, 2, "makes a ticket part of another", NULL, ACCESS_WRITE,
     tickets_merge},
    {"ticket", "note", "NUMBER…", 1, -1, "adds a note, which no customer gets, to tickets",
     ticket_note_options, ACCESS_OWN, tickets_note},
    {"message", "raw", "M", 1, 1, "writes a message's exact bytes", NULL, ACCESS_READ,
     messages_raw},
    {"map", "postfix", "", 0, 0, "shows or writes the role map for Postfix", map_options,
     ACCESS_READ, maps_postfix},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, ACCESS_CONF, NULL},
};
