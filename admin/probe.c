/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Option negotiation of the milter protocol: a packet is its length (4 bytes, big-endian), a
 * command byte, and data; here three 32-bit numbers, protocol version, actions, and steps. The
 * filter answers with the same command and what it wants of these. Any thread.
 */
#include "admin/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "db/error.h"

#define NEGOTIATE 'O'
#define QUIT 'Q'
#define PROTOCOL 6
#define PROTOCOL_LEAST 2
#define ALL_ACTIONS 0x1ff
#define ALL_STEPS 0x1fffff
#define DATA_SIZE 12 /* version, actions, steps */
#define PACKET_SIZE (4 + 1 + DATA_SIZE)

static bool fail(GError **error, const char *what)
{
    return error_set(error, ERROR_TEMPORARY, "%s", what);
}

static int connect_to(const struct sockaddr *address, socklen_t size)
{
    struct timeval limit = {.tv_sec = PROBE_TIMEOUT_S};
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int number;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
        connect(fd, address, size) == 0)
        return fd;
    number = errno;
    close(fd);
    errno = number == EINPROGRESS ? ETIMEDOUT : number;
    return -1;
}

static int connect_unix(const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        fail(error, "the path is too long for a socket");
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = connect_to((const struct sockaddr *)&address, sizeof address);
    if (fd < 0)
        fail(error, g_strerror(errno));
    return fd;
}

/* text: PORT@HOST */
static int connect_inet(const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, "@", 2);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(parts[1], parts[0], &hints, &found);
    int fd = -1;

    if (code != 0) {
        fail(error, gai_strerror(code));
        return -1;
    }
    for (const struct addrinfo *one = found; one != NULL && fd < 0; one = one->ai_next)
        fd = connect_to(one->ai_addr, one->ai_addrlen);
    if (fd < 0)
        fail(error, g_strerror(errno));
    freeaddrinfo(found);
    return fd;
}

static bool send_packet(int fd, char command, const uint32_t *data, size_t count)
{
    uint8_t packet[PACKET_SIZE] = {0};
    uint32_t length = htonl((uint32_t)(1 + 4 * count));
    size_t size = 5 + 4 * count;

    memcpy(packet, &length, 4);
    packet[4] = (uint8_t)command;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = htonl(data[i]);
        memcpy(packet + 5 + 4 * i, &number, 4);
    }
    return send(fd, packet, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* As many bytes as there should be; fewer when the other side hangs up or is silent. */
static size_t receive(int fd, uint8_t *bytes, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t got = recv(fd, bytes + have, size - have, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = ECONNRESET;
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return have;
}

static bool negotiate(int fd, GError **error)
{
    const uint32_t offer[] = {PROTOCOL, ALL_ACTIONS, ALL_STEPS};
    uint8_t answer[PACKET_SIZE];
    uint32_t length;
    uint32_t version;

    if (!send_packet(fd, NEGOTIATE, offer, G_N_ELEMENTS(offer)))
        return fail(error, "it hung up");
    if (receive(fd, answer, sizeof answer) < sizeof answer)
        return fail(error, errno == EAGAIN || errno == EWOULDBLOCK
                               ? "it takes connections, but does not answer"
                               : "it hung up without an answer");
    memcpy(&length, answer, 4);
    memcpy(&version, answer + 5, 4);
    if (answer[4] != NEGOTIATE || ntohl(length) < 1 + DATA_SIZE ||
        ntohl(version) < PROTOCOL_LEAST || ntohl(version) > PROTOCOL)
        return fail(error, "something else than a mail filter answers there");
    send_packet(fd, QUIT, NULL, 0);
    return true;
}

bool probe_filter(const char *socket, GError **error)
{
    int fd = g_str_has_prefix(socket, "unix:") ? connect_unix(socket + strlen("unix:"), error)
                                               : connect_inet(socket + strlen("inet:"), error);
    bool is_answering;

    if (fd < 0)
        return false;
    is_answering = negotiate(fd, error);
    close(fd);
    return is_answering;
}
