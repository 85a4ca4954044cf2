#define _GNU_SOURCE
/* Measures a runtime client alone: from exec to its first GET next, and the warm loop (event sent -> response read).
 *
 *   cc -O2 -o loop loop.c && ./loop [-n EVENTS] [-s STARTS] [-b PAYLOAD_BYTES] -- COMMAND...
 *
 * It is the whole Runtime API that such a client needs, without a product around it, so what it prints is the client's share.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *buffer;
static size_t from, to, capacity;

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void fill(int fd) {
    if (from == to) from = to = 0;
    if (to == capacity) {
        if (from) {
            memmove(buffer, buffer + from, to - from);
            to -= from;
            from = 0;
        } else {
            buffer = realloc(buffer, capacity *= 2);
        }
    }
    ssize_t n = read(fd, buffer + to, capacity - to);
    if (n <= 0) {
        fprintf(stderr, "the client closed its connection\n");
        exit(1);
    }
    to += n;
}

/* Reads one request; returns 'G' for a poll, 'R' for a response, 'E' for an error. */
static char request(int fd) {
    char *end;
    while (to - from < 4 || !(end = memmem(buffer + from, to - from, "\r\n\r\n", 4))) fill(fd);
    char kind = buffer[from] == 'G' ? 'G' : memmem(buffer + from, end - buffer - from, "/response ", 10) ? 'R' : 'E';
    char *length = memmem(buffer + from, end - buffer - from, "ontent-", 7);
    while (length && strncasecmp(length, "ontent-length:", 14)) {
        char *next = length + 7;
        length = memmem(next, end - next, "ontent-", 7);
    }
    size_t body = length ? strtoul(length + 14, NULL, 10) : 0;
    from = end + 4 - buffer;
    while (to - from < body) fill(fd);
    from += body;
    return kind;
}

static void send_all(int fd, const char *data, size_t length) {
    while (length) {
        ssize_t n = write(fd, data, length);
        if (n < 0) die("write");
        data += n;
        length -= n;
    }
}

/* Milliseconds of processor time that all threads of a process have had: what a start costs on a machine that is busy otherwise. */
static double cpu_ms(pid_t child) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task", child);
    DIR *tasks = opendir(path);
    double sum = 0;
    for (struct dirent *task; tasks && (task = readdir(tasks));) {
        unsigned long long ns;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", child, task->d_name);
        FILE *file = task->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (file && fscanf(file, "%llu", &ns) == 1) sum += ns / 1e6;
        if (file) fclose(file);
    }
    if (tasks) closedir(tasks);
    return sum;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double at(double *sorted, int count, double quantile) {
    return sorted[(int)(quantile * (count - 1))];
}

int main(int argc, char **argv) {
    int events = 20000, starts = 11, bytes = 20, option;
    while ((option = getopt(argc, argv, "+n:s:b:")) != -1) {
        if (option == 'n') events = atoi(optarg);
        if (option == 's') starts = atoi(optarg);
        if (option == 'b') bytes = atoi(optarg);
    }
    if (optind >= argc) return fprintf(stderr, "usage: loop [-n EVENTS] [-s STARTS] [-b BYTES] -- COMMAND...\n"), 2;

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (void *)&address, size) || listen(listener, 8) || getsockname(listener, (void *)&address, &size)) die("listen");
    char text[64];
    snprintf(text, sizeof text, "127.0.0.1:%d", ntohs(address.sin_port));
    setenv("AWS_LAMBDA_RUNTIME_API", text, 1);

    buffer = malloc(capacity = 1 << 16);
    if (bytes < 2) bytes = 2;
    char *event = malloc(bytes + 1024);
    int head = sprintf(event,
        "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 3b5ad4b1-6d5c-4d4e-8d2a-0a5a5c1f7c11\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:f\r\nContent-Type: application/json\r\n"
        "Content-Length: %d\r\n\r\n", bytes);
    memset(event + head, 'x', bytes);
    event[head] = event[head + bytes - 1] = '"';

    double *start_ms = calloc(starts, sizeof *start_ms), *start_cpu = calloc(starts, sizeof *start_cpu), *loop_us = calloc(events, sizeof *loop_us);
    for (int run = 0; run < starts; run++) {
        double before = now_us();
        pid_t child = fork();
        if (child == 0) {
            execvp(argv[optind], argv + optind);
            die(argv[optind]);
        }
        int fd = accept(listener, NULL, NULL);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        from = to = 0;
        if (request(fd) != 'G') return fprintf(stderr, "the first request was no poll\n"), 1;
        start_ms[run] = (now_us() - before) / 1000;
        start_cpu[run] = cpu_ms(child);
        for (int i = 0; run == starts - 1 && i < events; i++) {
            double sent = now_us();
            send_all(fd, event, head + bytes);
            char kind = request(fd);
            loop_us[i] = now_us() - sent;
            if (kind != 'R') return fprintf(stderr, "the client answered with '%c'\n", kind), 1;
            static const char accepted[] = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
            send_all(fd, accepted, sizeof accepted - 1);
            while (request(fd) != 'G') continue;
        }
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(fd);
    }
    qsort(start_ms, starts, sizeof *start_ms, ascending);
    int warm = events / 2;
    qsort(loop_us + events - warm, warm, sizeof *loop_us, ascending);
    qsort(start_cpu, starts, sizeof *start_cpu, ascending);
    printf("start %.1f ms (min %.1f, cpu %.1f)   loop p50 %.1f us   p99 %.1f us\n", at(start_ms, starts, 0.5), start_ms[0], at(start_cpu, starts, 0.5),
        at(loop_us + events - warm, warm, 0.5), at(loop_us + events - warm, warm, 0.99));
    return 0;
}
