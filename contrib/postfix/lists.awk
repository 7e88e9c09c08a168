# SPDX-License-Identifier: BSD-2-Clause
#
# Reads and edits one list in Postfix's main.cf, for the script `configure`. Everything else in the
# file, and the folds and comments within the list, stay as they are.
#
# The elements of a list are separated by commas and white space; one in braces is one element.
# One is ours if it is KEY, or in braces and KEY its first word. Modes:
#   tokens             standard input is a value; prints its elements, one a line
#   first, last        standard input is main.cf; puts ENTRY into the list of NAME, or adds a line
#                      for NAME (ENTRY together with DEFAULT) when there is none
#   remove             takes every element that is ours out of the list of NAME; when then only
#                      DEFAULT is left, and ABSENT is set, the line of NAME goes too
#
# Told by its environment: LIST_MODE, LIST_NAME, LIST_KEY, LIST_ENTRY, LIST_DEFAULT, LIST_ABSENT.

function blank(c) { return c == " " || c == "\t" || c == "\n" || c == "\r" }

# Splits text from position at on into word[1..words], from[] and to[] being their places.
function split_list(text, at,    c, depth, open, line_start, end) {
    words = 0; depth = 0; open = 0; line_start = 0
    for (; at <= length(text); at++) {
        c = substr(text, at, 1)
        if (line_start && substr(text, at) ~ /^[ \t]*(#[^\n]*)?(\n|$)/) {
            end = index(substr(text, at), "\n")
            if (!end) break
            at += end - 1
            continue
        }
        line_start = (c == "\n")
        if (!depth && (blank(c) || c == ",")) { open = 0; continue }
        if (!open) { open = 1; word[++words] = ""; from[words] = at }
        if (c == "{") depth++
        if (c == "}" && depth) depth--
        word[words] = word[words] (blank(c) ? " " : c)
        to[words] = at
    }
    for (at = 1; at <= words; at++) gsub(/  +/, " ", word[at])
}

function is_ours(text) {
    if (text ~ /^\{/) { sub(/^\{ */, "", text); sub(/[ ,}].*$/, "", text) }
    return text == key
}

# The last assignment of name in line[1..lines]: from first to last; first is 0 when there is none.
function find_block(    i) {
    first = last = 0
    for (i = 1; i <= lines; i++) {
        if (line[i] ~ /^[ \t]*(#.*)?$/) continue
        if (line[i] ~ /^[ \t]/) { if (within) last = i; continue }
        within = (index(line[i], name) == 1 && substr(line[i], length(name) + 1) ~ /^[ \t]*=/)
        if (within) first = last = i
    }
}

function add(text,    at) {
    at = words ? to[words] : 0
    if (!words) return substr(text, 1, start) " " entry substr(text, start + 1)
    if (mode == "first") return substr(text, 1, start) " " entry "," substr(text, start + 1)
    return substr(text, 1, at) ", " entry substr(text, at + 1)
}

# Takes out the i-th word, its comma, and its line if nothing else stands there.
function cut(text, i,    a, b, c, bol, eol, rest) {
    a = from[i]; b = to[i]; c = a - 1
    while (substr(text, c, 1) ~ /[ \t]/) c--
    if (substr(text, b + 1, 1) == ",") b++
    else if (substr(text, c, 1) == ",") a = c + 1
    if (substr(text, a - 1, 1) ~ /[ \t]/ || substr(text, a - 1, 1) == "," && a == c + 1) a--
    text = substr(text, 1, a - 1) substr(text, b + 1)
    for (bol = a; bol > 1 && substr(text, bol - 1, 1) != "\n"; bol--) ;
    for (eol = a; eol <= length(text) && substr(text, eol, 1) != "\n"; eol++) ;
    rest = substr(text, bol, eol - bol)
    if (bol > 1 && rest ~ /^[ \t]*$/) text = substr(text, 1, bol - 2) substr(text, eol)
    return text
}

function edit(text,    i, left) {
    start = index(text, "=")
    split_list(text, start + 1)
    if (mode != "remove") return add(text)
    for (i = words; i > 0; i--) if (is_ours(word[i])) text = cut(text, i)
    split_list(text, start + 1)
    left = ""
    for (i = 1; i <= words; i++) left = left (i > 1 ? ", " : "") word[i]
    gone = absent && first == last && left == original
    return text
}

BEGIN {
    mode = ENVIRON["LIST_MODE"]; name = ENVIRON["LIST_NAME"]; key = ENVIRON["LIST_KEY"]
    entry = ENVIRON["LIST_ENTRY"]; original = ENVIRON["LIST_DEFAULT"]
    absent = ENVIRON["LIST_ABSENT"]
}
{ line[++lines] = $0 }
END {
    if (mode == "tokens") {
        for (i = 1; i <= lines; i++) text = text line[i] "\n"
        split_list(text, 1)
        for (i = 1; i <= words; i++) print word[i]
        exit
    }
    find_block()
    for (i = 1; i <= lines; i++) {
        if (i != first) { print line[i]; continue }
        for (text = line[i]; i < last; i++) text = text "\n" line[i + 1]
        text = edit(text)
        if (!gone) print text
    }
    if (!first && mode != "remove") {
        if (original != "") entry = mode == "first" ? entry ", " original : original ", " entry
        print name " = " entry
    }
}
