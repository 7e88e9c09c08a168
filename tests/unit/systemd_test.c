/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The service manager's end of the socket: what arrives there, by path and by abstract name.
 */
#include "milter/systemd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>

static void check_arrives(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    char got[64] = "";
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, name, strlen(name));
    if (*name == '@')
        address.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    g_setenv("NOTIFY_SOCKET", name, TRUE);
    systemd_notify("READY=1");
    assert_int_equal(recv(fd, got, sizeof got - 1, 0), strlen("READY=1"));
    assert_string_equal(got, "READY=1");
    close(fd);
}

static void test_path(void **state)
{
    g_autofree char *folder = g_dir_make_tmp("systemd-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "notify", NULL);

    (void)state;
    check_arrives(path);
    g_unlink(path);
    systemd_notify("STOPPING=1"); /* nobody is there any more: no harm */
    g_rmdir(folder);
}

static void test_abstract(void **state)
{
    g_autofree char *name = g_strdup_printf("@counterfoil-test-%d", (int)getpid());

    (void)state;
    check_arrives(name);
}

static void test_no_manager(void **state)
{
    g_autofree char *huge = g_strnfill(4096, '/');

    (void)state;
    g_setenv("NOTIFY_SOCKET", huge, TRUE);
    systemd_notify("READY=1");
    g_setenv("NOTIFY_SOCKET", "relative", TRUE);
    systemd_notify("READY=1");
    g_unsetenv("NOTIFY_SOCKET");
    systemd_notify("READY=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_abstract),
        cmocka_unit_test(test_no_manager),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
