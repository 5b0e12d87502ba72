/* A disk whose syncs take longer, under an unchanged program: loaded with LD_PRELOAD, which SLOW_SYNC_US tells by how
 * many microseconds. They are done one after the other, as a card or a spinning disk does them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;
static useconds_t takes;

__attribute__((constructor)) static void start(void) {
    const char *microseconds = getenv("SLOW_SYNC_US");
    if (microseconds != NULL) takes = (useconds_t)strtoul(microseconds, NULL, 10);
}

static int slow(long call, int fd) {
    pthread_mutex_lock(&disk);
    usleep(takes);
    int done = (int)syscall(call, fd);
    pthread_mutex_unlock(&disk);
    return done;
}

int fsync(int fd) { return slow(SYS_fsync, fd); }
int fdatasync(int fd) { return slow(SYS_fdatasync, fd); }
