# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154,SC2034
#
# Part of the script `configure`: makes Postfix take the Authentication-Results of authserv_id out
# of whatever comes in, where counterfoil.conf sets that. header_checks act before any filter, so
# what a verifier writes after them stays. Sourced by configure, and uses its functions and
# variables.

# The value begins with the name, or has it in quotes, or begins with a comment and has it later on.
# More than that Counterfoil does not take for a field of that name.
wanted_results() {
    local name=${authserv_id//./\\.}
    printf '# Made by counterfoil'\''s configure: only the verifier here writes as %s.\n' \
        "$authserv_id"
    printf '/^Authentication-Results[[:space:]]*:%s/ IGNORE\n' \
        "([^;]*$name|[[:space:]]*[(\"].*$name)"
}

check_results() {
    [ -n "$authserv_id" ] || return 0
    case $authserv_id in
    *[!A-Za-z0-9._-]*)
        problem "$conf: [mail] authserv_id = $authserv_id: letters, digits, dots and hyphens"
        ;;
    esac
    pc -m | grep -x regexp >/dev/null ||
        problem "this Postfix has no map type regexp (postconf -m)," \
            "which keeps clients from writing as $authserv_id"
}

# Installs what is on the stage, or takes the file away.
install_results() {
    if [ -n "$authserv_id" ]; then
        install_own counterfoil.header_checks
    elif [ -e "$fields" ]; then
        rm -f -- "$fields"
        changed=1
    fi
}

# ---- Attached messages --------------------------------------------------------------------------

# An attached message keeps what was written into it, or its signature would break: so
# nested_header_checks, which are $header_checks where nothing is said, become what these were.
# nested is the line of main.cf that says so, if it is ours.
nested=''
stage_nested() {
    local old
    nested=$(recorded_nested)
    grep -q '^nested_header_checks[[:space:]]*=' "$stage/main.cf" && return 0
    old=$(pc -h header_checks | run_lists tokens | grep -vxF -- "${key[header_checks]}" || true)
    nested="nested_header_checks = ${old//$'\n'/, }"
    nested=${nested% }
    ! is_unterminated "$stage/main.cf" || echo >>"$stage/main.cf"
    say "$nested" >>"$stage/main.cf"
    touch -r "$stage/before/main.cf" "$stage/main.cf"
}

drop_nested() {
    local line
    line=$(recorded_nested)
    [ -n "$line" ] || return 0
    grep -vxF -- "$line" "$stage/main.cf" >"$stage/new" || true
    cat "$stage/new" >"$stage/main.cf"
    rm "$stage/new"
    touch -r "$stage/before/main.cf" "$stage/main.cf"
}

# The line that apply has put in, if it still stands there as it was.
recorded_nested() {
    local line=''
    [ ! -f "$state" ] || line=$(sed -n 's/^line //p' "$state")
    ! grep -qxF -- "${line:-#}" "$etc/main.cf" || say "$line"
}

# ---- What show and the notes say ------------------------------------------------------------------

show_results() {
    if [ -z "$authserv_id" ]; then
        [ "$(place header_checks "${key[header_checks]}")" = absent ] ||
            report differs "main.cf: header_checks has ${entry[header_checks]}, but $conf \
has no authserv_id (apply takes it out)"
        return 0
    fi
    if is_placed header_checks; then
        report ok "main.cf: header_checks has ${entry[header_checks]}"
    else
        report missing "main.cf: header_checks needs ${entry[header_checks]} (first)"
    fi
    if [ "$(place nested_header_checks "${key[header_checks]}")" = absent ]; then
        report ok "main.cf: nested_header_checks leave attached messages as they are"
    else
        report differs "main.cf: nested_header_checks: attached messages lose such fields, too"
    fi
    if [ "$(cat "$fields" 2>/dev/null)" = "$(wanted_results)" ]; then
        report ok "$fields"
    else
        report missing "$fields: $(wanted_results | grep '^/')"
    fi
}

# Services where header_checks do not act, or others do.
gather_results_notes() {
    local line service
    [ -n "$authserv_id" ] || return 0
    while IFS= read -r line; do
        service=${line%%/receive_override_options =*}
        case $service in "127.0.0.1:$port/inet") continue ;; esac
        case $line in
        *no_milters*) ;;
        *no_header_body_checks*)
            note "master.cf: ${service%/*} has no_header_body_checks:" \
                "whoever can send mail there can write as $authserv_id, and so as any operator"
            ;;
        esac
    done < <(pc -P '*/*/receive_override_options')
    while IFS= read -r line; do
        service=${line%%/header_checks =*}
        case $service in counterfoil-cleanup/unix) continue ;; esac
        case $line in *"${key[header_checks]}"*) continue ;; esac
        note "master.cf: ${service%/*} has header_checks of its own: not for mail of clients who" \
            "do not log in, who could write as $authserv_id there, and so as any operator"
    done < <(pc -P '*/*/header_checks')
    case $(pc -xh receive_override_options) in
    *no_header_body_checks*)
        note "receive_override_options has no_header_body_checks:" \
            "anybody can write as $authserv_id, and so as any operator"
        ;;
    esac
}
