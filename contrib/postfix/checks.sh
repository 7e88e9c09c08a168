# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154,SC2034
#
# What the script `configure` finds out before it changes anything: what counterfoil.conf says, what
# stands in the way (problems), what an administrator should know (notes), and what is in place
# (show). Sourced by it, and uses its functions and variables; changes nothing.

# ---- counterfoil.conf -----------------------------------------------------------------------

# conf_get SECTION KEY DEFAULT: what the filter would read there.
conf_get() {
    awk -v section="[$1]" -v key="$2" -v value="$3" '
        { sub(/^[ \t]+/, ""); sub(/[ \t\r]+$/, "") }
        /^#/ { next }
        /^\[/ { here = ($0 == section); next }
        here && (at = index($0, "=")) {
            name = substr($0, 1, at - 1); sub(/[ \t]+$/, "", name)
            if (name == key) { value = substr($0, at + 1); sub(/^[ \t]+/, "", value) }
        }
        END { print value }' "$conf"
}

# Sets milter, roles, suffix, delimiter and authserv_id from counterfoil.conf.
read_conf() {
    local socket role_map type
    [ -r "$conf" ] || die "cannot read $conf (--config)"
    socket=$(conf_get milter socket unix:/run/counterfoil/milter.sock)
    role_map=$(conf_get archive role_map postfix:/var/lib/counterfoil/postfix/roles)
    delimiter=$(conf_get mail recipient_delimiter +)
    authserv_id=$(conf_get mail authserv_id '')

    case $socket in
    unix:/*) milter_of_path "${socket#unix:}" ;;
    inet:*@?*) milter_of_port "${socket#inet:}" ;;
    *) problem "$conf: [milter] socket = $socket: unix:/PATH or inet:PORT@HOST is wanted" ;;
    esac

    type=$(pc -h default_database_type)
    case $type in
    hash | btree) suffix=.db ;;
    lmdb | cdb) suffix=.$type ;;
    *) problem "Postfix's default_database_type is $type; hash, btree, lmdb or cdb is wanted" ;;
    esac
    case $role_map in
    postfix:/*"${suffix:-.db}")
        problem "$conf: [archive] role_map = $role_map: leave out .${role_map##*.}"
        ;;
    postfix:/*) roles=$type:${role_map#postfix:} ;;
    '')
        problem "$conf names no role map; set, in section [archive]:" \
            "role_map = postfix:/var/lib/counterfoil/postfix/roles"
        ;;
    *) problem "$conf: [archive] role_map = $role_map: postfix:/PATH is wanted" ;;
    esac
    case $socket$role_map in
    *[[:space:],]* | *[{}]*)
        problem "$conf: Postfix takes no path with white space, commas or braces (socket, role_map)"
        ;;
    esac
}

# A path below the queue directory is written relative to it: right for chrooted services too.
milter_of_path() {
    case $1 in
    "$queue"/*) milter=unix:${1#"$queue"/} ;;
    *) milter=unix:$1 ;;
    esac
}

milter_of_port() {
    case ${1#*@} in
    0.0.0.0) milter=inet:127.0.0.1:${1%%@*} ;;
    *) milter=inet:${1#*@}:${1%%@*} ;;
    esac
}

# ---- What stands in the way -------------------------------------------------------------------

check_privilege() {
    [ "$(id -u)" = 0 ] || die "$verb changes Postfix's settings: run it as root"
    [ -w "$etc" ] || die "cannot write to $etc"
}

check_role_map() {
    local folder=${roles#*:}
    folder=${folder%/*}
    [ -n "$roles" ] || return 0
    pc -m | grep -x -- "${roles%%:*}" >/dev/null ||
        problem "this Postfix has no map type ${roles%%:*} (postconf -m)"
    [ -d "${folder:-/}" ] || [ -d "${folder%/*}/" ] ||
        problem "there is no folder for the role map; make it, owned by the filter's user:" \
            "install -d -o counterfoil $folder"
}

# Services that run smtpd or cleanup chrooted, and can't see a unix socket elsewhere.
check_chroot() {
    local jailed unset=n folder=$queue/counterfoil
    case $milter in unix:/*) ;; *) return 0 ;; esac
    case $(pc -xh compatibility_level) in '' | 0 | 0.*) unset=y ;; esac
    jailed=$(pc -F | awk -v unset="$unset" '
        { name = $1; sub(/\/[a-z_]+$/, "", name) }
        $1 ~ /\/chroot$/ { jailed[name] = ($3 == "y" || $3 == "-" && unset == "y") }
        $1 ~ /\/command$/ && jailed[name] && ($3 == "smtpd" || $3 == "cleanup") {
            printf " %s", name
        }')
    [ -z "$jailed" ] || problem "these services run chrooted in $queue, without a view of" \
        "${milter#unix:}:$jailed; in $conf, section [milter], set socket = inet:8899@127.0.0.1" \
        "or, with a folder $folder that the filter's user may write to," \
        "socket = unix:$folder/milter.sock; restart the filter, then run this again"
}

check_port() {
    local taken
    [ "$(pc -xh inet_protocols)" != ipv6 ] ||
        problem "inet_protocols = ipv6: Postfix cannot listen on 127.0.0.1; set it to all"
    our_services "$etc" | grep -xF "127.0.0.1:$port/inet" >/dev/null && return 0
    taken=$(pc -M | awk -v port="$port" '$2 == "inet" && $1 ~ "(^|:)" port "$" { print $1 }')
    if [ -n "$taken" ]; then
        problem "master.cf has a service on port $port already ($taken):" \
            "choose another with --second-door-port"
    elif (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        problem "something listens on 127.0.0.1:$port already:" \
            "choose another with --second-door-port"
    fi
}

check_delimiter() {
    local theirs
    theirs=$(pc -xh recipient_delimiter)
    [ -n "$theirs" ] || return 0
    [ "$theirs" = "$delimiter" ] || printf -v mismatch '%s %s %s' \
        "Postfix's recipient_delimiter is '$theirs', Counterfoil's is '$delimiter':" \
        "ticket and command addresses will not be found;" \
        "in $conf, section [mail], set recipient_delimiter = $theirs"
}

# role_addresses: those in the role map, as far as it can be listed.
role_addresses() {
    [ -r "${roles#*:}$suffix" ] || return 0
    postmap -c "$etc" -s "$roles" 2>/dev/null | awk '{ print $1 }'
}

# answers_of MAP: standard input is addresses; prints "ADDRESS RESULT" where MAP has another result.
answers_of() {
    timeout 30 postmap -c "$etc" -q - "$1" 2>/dev/null |
        awk -F '\t' 'tolower($1) != tolower($2) { print $1 " -> " $2 }' || true
}

# Other maps that would take role mail away from the second door, and those that merely name a role.
check_other_maps() {
    local parameter map found role extension=${delimiter:0:1}0
    local roles_now=() suffixed=() extended=() asked
    mapfile -t roles_now < <(role_addresses)
    for role in "${roles_now[@]}" counterfoil-probe@example.com; do
        suffixed+=("$role.counterfoil.invalid")
        extended+=("${role%@*}$extension@${role##*@}")
    done
    for parameter in canonical_maps recipient_canonical_maps virtual_alias_maps transport_maps; do
        while IFS= read -r map; do
            is_ours "$map" "${key[$parameter]:-}" && continue
            asked=("${suffixed[@]}")
            case $parameter in
            *canonical_maps) asked+=("${roles_now[@]}" "${extended[@]}") ;;
            virtual_alias_maps)
                asked+=("${extended[@]}")
                name_roles_in "$parameter" "$map" "${roles_now[@]}"
                ;;
            esac
            found=$(printf '%s\n' "${asked[@]}" | answers_of "$map" | sed 1q)
            [ -z "$found" ] || rivals+=("$parameter: $map would take role mail elsewhere ($found); \
make it leave out role addresses and .counterfoil.invalid")
        done < <(elements "$parameter")
    done
    while IFS= read -r map; do
        name_roles_in alias_maps "$map" "${roles_now[@]%@*}"
    done < <(elements alias_maps)
}

# name_roles_in PARAMETER MAP NAME...: a note for each name that the map has.
name_roles_in() {
    local parameter=$1 map=$2 line
    shift 2
    [ $# -gt 0 ] || return 0
    while IFS= read -r line; do
        note "$parameter: $map has a line for ${line%% -> *}; the role map comes first," \
            "so it has no effect"
    done < <(printf '%s\n' "$@" | answers_of "$map")
}

# ---- What an administrator should know, though nothing is wrong with it ------------------------

gather_notes() {
    local others
    [ -z "$(pc -xh smtpd_milter_maps)" ] ||
        note "smtpd_milter_maps is set: clients that it names" \
            "do not reach the filter at the front door"
    [ -z "$(pc -xh smtpd_proxy_filter)" ] ||
        note "smtpd_proxy_filter is set: the filter sees no message there;" \
            "put it on the services behind the proxy"
    elements propagate_unmatched_extensions | grep -x virtual >/dev/null ||
        note "propagate_unmatched_extensions has no 'virtual': what waited for the second door" \
            "loses the ticket or command in its address"
    others=$(elements smtpd_milters | not_ours)
    [ -z "$others" ] ||
        note "smtpd_milters has other filters ($others): Counterfoil goes after them," \
            "which is right for one that verifies;" \
            "where one signs, as for submission, it must come first (see README)"
    gather_service_notes
    gather_reinjection_notes
    gather_results_notes
    gather_socket_notes
}

# not_ours: of the elements on standard input, those that are not our milter, in one line.
not_ours() {
    local element list=()
    while IFS= read -r element; do
        is_ours "$element" "$milter" || list+=("$element")
    done
    say "${list[*]}"
}

# Services whose filters are not those of main.cf.
gather_service_notes() {
    local line service value
    while IFS= read -r line; do
        service=${line%%/smtpd_milters =*} value=${line#*/smtpd_milters =}
        case $service in "127.0.0.1:$port/inet") continue ;; esac
        value=$(say "$value" | run_lists tokens)
        [ "$(say "$value" | not_ours)" = "${value//$'\n'/ }" ] || continue
        note "master.cf: ${service%/*} has smtpd_milters of its own, without Counterfoil:" \
            "role mail that comes in there reaches it by the second door only," \
            "where nobody is recognised as an operator"
    done < <(pc -P '*/*/smtpd_milters')
}

# Where a content filter hands mail back, it would be filtered a second time.
gather_reinjection_notes() {
    local service
    { pc -h content_filter; pc -h -P '*/*/content_filter'; } | grep . >/dev/null || return 0
    while IFS= read -r service; do
        case $service in "127.0.0.1:$port/inet") continue ;; esac
        [ "$(pc -P "$service/content_filter")" = "$service/content_filter =" ] || continue
        [ -z "$(pc -P "$service/smtpd_milters")" ] || continue
        pc -h -P "$service/receive_override_options" | grep no_milters >/dev/null ||
            note "master.cf: ${service%/*} looks like the place where a content filter hands mail" \
                "back; add -o receive_override_options=no_milters"
    done < <(pc -M | awk '
        $2 == "inet" && $8 == "smtpd" && $1 ~ /^(127\.|localhost:|\[::1\])/ { print $1 "/" $2 }')
}

gather_socket_notes() {
    local path=${milter#*:} owner
    owner=$(pc -xh mail_owner)
    case $milter in
    unix:*)
        case $path in /*) ;; *) path=$queue/$path ;; esac
        if [ ! -S "$path" ]; then
            note "the filter is not running (no socket $path):" \
                "until it is, mail is answered 451 and comes again"
        elif [ "$(id -u)" = 0 ] && ! runuser -u "$owner" -- test -w "$path"; then
            note "Postfix's user $owner may not use the socket $path:" \
                "make it a member of its group (usermod -a -G $(stat -c %G "$path") $owner)," \
                "then stop and start Postfix"
        fi
        ;;
    inet:*)
        (exec 3<>"/dev/tcp/${path%:*}/${path##*:}") 2>/dev/null ||
            note "the filter does not answer at $path:" \
                "until it does, mail is answered 451 and comes again"
        ;;
    esac
}

# ---- The verb show ----------------------------------------------------------------------------

missing=0
report() {
    local colour='' plain=''
    if [ -t 1 ]; then
        plain=$'\e[0m' colour=$'\e[32m'
        [ "$1" = "ok" ] || colour=$'\e[31m'
    fi
    printf '%s%-8s%s %s\n' "$colour" "$1" "$plain" "$2"
    [ "$1" = ok ] || missing=1
}

show_services() {
    local service
    stage=$(mktemp -d)
    wanted_folder "$stage/wanted"
    for service in $(our_services "$stage/wanted"); do
        if ! our_services "$etc" | grep -xF "$service" >/dev/null; then
            report missing "master.cf: $service"
        elif [ "$(pc -M "$service")" != "$(postconf -c "$stage/wanted" -M "$service")" ]; then
            report differs "master.cf: $service (apply sets it again)"
        else
            report ok "master.cf: $service"
        fi
    done
}

show() {
    local name
    look_around
    for name in virtual_alias_maps transport_maps smtpd_milters non_smtpd_milters; do
        if is_placed "$name"; then
            report ok "main.cf: $name has ${entry[$name]}"
        else
            report missing "main.cf: $name needs ${entry[$name]} (${where[$name]})"
        fi
    done
    if [ -n "$mismatch" ]; then
        report differs "$mismatch"
    elif is_placed recipient_delimiter; then
        report ok "main.cf: recipient_delimiter = $(pc -xh recipient_delimiter)"
    else
        report missing "main.cf: recipient_delimiter = $delimiter"
    fi
    show_results
    show_services
    if [ "$(cat "$routes" 2>/dev/null)" = "$(wanted_routes)" ]; then
        report ok "$routes"
    else
        report missing "$routes: $(wanted_routes | grep '^\.')"
    fi
    if [ -e "${roles#*:}$suffix" ]; then
        report ok "${roles#*:}$suffix: $(role_addresses | wc -l) role addresses"
    else
        report missing "${roles#*:}$suffix"
    fi
    for name in "${problems[@]}" "${rivals[@]}"; do
        report wrong "$name"
    done
    gather_notes
    print_notes
    [ $missing = 0 ]
}
