/* The least that a function can be: answers every event with itself. A benchmark of the platform runs this to measure the platform.
 *
 * One kept connection; the response and the poll for the next event leave in one write; the event is sent back from the buffer it
 * arrived in. Any length up to the Runtime API's limit. Understands Content-Length and chunked bodies.
 */
#define _GNU_SOURCE
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define LARGEST (64u << 20)

static const char *api;
static int fd = -1;
static char *buffer;
static size_t from, to, capacity = 1 << 16;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "echo-c: %s\n", what);
    exit(1);
}

static void connect_api(void) {
    char host[256], *port;
    if (strlen(api) >= sizeof host || !(port = strrchr(strcpy(host, api), ':'))) fail("AWS_LAMBDA_RUNTIME_API is not host:port");
    *port++ = 0;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found)) fail("cannot resolve AWS_LAMBDA_RUNTIME_API");
    int one = 1;
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen)) fail("cannot connect to the Runtime API");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    freeaddrinfo(found);
}

static void fill(void) {
    if (from == to) {
        from = to = 0;
    } else if (to == capacity && from > 0) {
        memmove(buffer, buffer + from, to - from);
        to -= from;
        from = 0;
    } else if (to == capacity) {
        if (capacity >= LARGEST || !(buffer = realloc(buffer, capacity *= 2))) fail("too large an answer");
    }
    ssize_t n = read(fd, buffer + to, capacity - to);
    if (n <= 0) fail("the Runtime API closed the connection");
    to += n;
}

/* The value of a header within the head at buffer+from, copied into value; false when it is absent. */
static int header(size_t head, const char *name, char *value, size_t room) {
    size_t length = strlen(name);
    for (char *line = buffer + from, *end = line + head; line < end;) {
        char *next = memchr(line, '\n', end - line);
        if (!next) return 0;
        if ((size_t)(next - line) > length && line[length] == ':' && !strncasecmp(line, name, length)) {
            char *start = line + length + 1, *stop = next;
            while (start < stop && (*start == ' ' || *start == '\t')) start++;
            while (stop > start && (stop[-1] == '\r' || stop[-1] == ' ')) stop--;
            if ((size_t)(stop - start) >= room) fail("header too long");
            memcpy(value, start, stop - start);
            value[stop - start] = 0;
            return 1;
        }
        line = next + 1;
    }
    return 0;
}

static size_t number(const char *text, int base) {
    char *end;
    unsigned long value = strtoul(text, &end, base);
    if (end == text || value > LARGEST) fail("malformed length");
    return value;
}

static size_t line_end(size_t at) {
    char *newline;
    while (!(newline = memchr(buffer + from + at, '\n', to - from - at))) fill();
    return newline + 1 - (buffer + from);
}

/* Joins the chunks that follow the head in place; returns the length of the body, and of all that was read for it. */
static size_t chunks(size_t head, size_t *consumed) {
    size_t body = 0, at = head;
    for (;;) {
        size_t data = line_end(at), size = number(buffer + from + at, 16);
        if (size == 0) {
            for (at = data; (data = line_end(at)) - at > 2; at = data) continue;
            *consumed = data;
            return body;
        }
        if (body + size > LARGEST) fail("too large an answer");
        while (to - from < data + size) fill();
        memmove(buffer + from + head + body, buffer + from + data, size);
        body += size;
        at = line_end(data + size);
    }
}

/* Reads one answer. The body stays in the buffer until the next call. */
static char *answer(int *status, char *id, size_t room, size_t *length) {
    static size_t pending;
    from += pending;
    char *end;
    while (!(end = memmem(buffer + from, to - from, "\r\n\r\n", 4))) fill();
    size_t head = end + 4 - (buffer + from);
    if (head < 16 || strncmp(buffer + from, "HTTP/1.", 7)) fail("malformed answer");
    *status = atoi(buffer + from + 9);
    char text[64];
    if (!header(head, "Lambda-Runtime-Aws-Request-Id", id, room)) *id = 0;
    if (header(head, "Transfer-Encoding", text, sizeof text) && !strcasecmp(text, "chunked")) {
        *length = chunks(head, &pending);
    } else {
        *length = header(head, "Content-Length", text, sizeof text) ? number(text, 10) : 0;
        pending = head + *length;
        while (to - from < pending) fill();
    }
    return buffer + from + head;
}

static void send_all(struct iovec *parts, int count) {
    while (count) {
        ssize_t n = writev(fd, parts, count);
        if (n < 0) fail("the Runtime API closed the connection");
        for (; count && (size_t)n >= parts->iov_len; parts++, count--) n -= parts->iov_len;
        if (count) {
            parts->iov_base = (char *)parts->iov_base + n;
            parts->iov_len -= n;
        }
    }
}

int main(void) {
    if (!(api = getenv("AWS_LAMBDA_RUNTIME_API"))) fail("AWS_LAMBDA_RUNTIME_API is not set");
    if (!(buffer = malloc(capacity))) fail("out of memory");
    connect_api();
    char next[512], head[1024], id[128];
    int next_length = snprintf(next, sizeof next, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", api);
    send_all(&(struct iovec){next, next_length}, 1);
    for (;;) {
        int status;
        size_t length;
        char *event = answer(&status, id, sizeof id, &length);
        if (status != 200 || !*id) fail("no event");
        int head_length = snprintf(head, sizeof head,
            "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
            id, api, length);
        struct iovec parts[] = {{head, head_length}, {event, length}, {next, next_length}};
        send_all(parts, 3);
        answer(&status, id, sizeof id, &length);
    }
}
