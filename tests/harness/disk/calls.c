/* The calls that are intercepted: those of SQLite's unix VFS and of Rust's standard library. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct control *control;
char watched[PATH_MAX];

__attribute__((constructor)) static void start(void) {
    const char *directory = getenv("DISK_WATCH"), *shadow = getenv("DISK_SHADOW"), *path = getenv("DISK_CONTROL");
    static struct control none;
    control = &none;
    if (path == NULL) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) {
        perror(path);
        abort();
    }
    control = mapped;
    if (directory == NULL || shadow == NULL) return;
    snprintf(watched, sizeof watched, "%s", directory);
    shadow_start(shadow);
    trap_calls();
}

static long refuse(int64_t error) {
    control->refused++;
    errno = (int)error;
    return -1;
}

/* Opening, creating, renaming, removing. */

static long open_file(int at, const char *path, int flags, mode_t mode) {
    bool directory = is_watched_directory(path);
    const char *name = directory ? NULL : watched_name(path);
    if (name == NULL && !directory) return syscall(SYS_openat, at, path, flags, mode);
    lock();
    struct stat found;
    bool existed = stat(path, &found) == 0;
    bool writes = (flags & O_ACCMODE) != O_RDONLY || ((flags & O_CREAT) && !existed);
    long fd = writes && control->open_errno ? refuse(control->open_errno) : syscall(SYS_openat, at, path, flags, mode);
    if (fd >= 0) {
        if (directory) opened_directory((int)fd);
        else opened((int)fd, name, existed);
        struct file *file = file_of((int)fd);
        if (file != NULL && (flags & O_TRUNC)) truncated(file, 0);
    }
    unlock();
    return fd;
}

#define OPEN(name)                                             \
    int name(const char *path, int flags, ...) {               \
        va_list rest;                                          \
        va_start(rest, flags);                                 \
        mode_t mode = va_arg(rest, mode_t);                    \
        va_end(rest);                                          \
        return (int)open_file(AT_FDCWD, path, flags, mode);    \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                           \
    int name(int at, const char *path, int flags, ...) {       \
        va_list rest;                                          \
        va_start(rest, flags);                                 \
        mode_t mode = va_arg(rest, mode_t);                    \
        va_end(rest);                                          \
        return (int)open_file(at, path, flags, mode);          \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
    lock();
    closed(fd);
    unlock();
    return (int)syscall(SYS_close, fd);
}

int unlink(const char *path) {
    if (watched_name(path) != NULL && control->open_errno) return (int)refuse(control->open_errno);
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int rename(const char *from, const char *to) {
    if (watched_name(to) != NULL && control->open_errno) return (int)refuse(control->open_errno);
    return (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

/* Writing. */

/* How many of `length` octets from `at` on fit; the file grows by what is beyond its end. */
static int64_t room_for(int fd, off_t at, size_t length) {
    struct stat found;
    if (control->limit == 0 || fstat(fd, &found) != 0) return (int64_t)length;
    int64_t growth = (int64_t)at + (int64_t)length - found.st_size;
    if (growth <= 0) return (int64_t)length;
    int64_t left = control->limit - used();
    if (growth <= left) return (int64_t)length;
    return (int64_t)length - growth + (left > 0 ? left : 0);
}

static ssize_t write_at(int fd, const void *octets, size_t length, off_t at) {
    lock();
    struct file *file = file_of(fd);
    if (file == NULL) {
        unlock();
        return syscall(SYS_pwrite64, fd, octets, length, at);
    }
    control->writes++;
    int64_t fits = room_for(fd, at, length);
    ssize_t done;
    if (control->write_errno) done = refuse(control->write_errno);
    else if (fits <= 0 && length > 0) done = refuse(ENOSPC);
    else done = syscall(SYS_pwrite64, fd, octets, (size_t)fits, at);
    if (done > 0) written(file, at, at + done);
    unlock();
    return done;
}

ssize_t pwrite(int fd, const void *octets, size_t length, off_t at) { return write_at(fd, octets, length, at); }
ssize_t pwrite64(int fd, const void *octets, size_t length, off64_t at) { return write_at(fd, octets, length, at); }

ssize_t write(int fd, const void *octets, size_t length) {
    if (file_of(fd) == NULL) return syscall(SYS_write, fd, octets, length);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = write_at(fd, octets, length, at);
    if (done > 0) lseek(fd, at + done, SEEK_SET);
    return done;
}

static int truncate_to(int fd, off_t length) {
    lock();
    struct file *file = file_of(fd);
    int done;
    if (file != NULL && control->write_errno) done = (int)refuse(control->write_errno);
    else {
        if (file != NULL) truncated(file, length);
        done = (int)syscall(SYS_ftruncate, fd, length);
    }
    unlock();
    return done;
}

int ftruncate(int fd, off_t length) { return truncate_to(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_to(fd, length); }

long allocate(int fd, int mode, off_t offset, off_t length) {
    lock();
    struct file *file = file_of(fd);
    long done;
    if (file != NULL) control->allocations++;
    if (file != NULL && control->write_errno) {
        control->refused++;
        done = -control->write_errno;
    } else if (file != NULL && room_for(fd, offset, (size_t)length) < length) {
        control->refused++;
        done = -ENOSPC;
    } else {
        done = raw_fallocate(fd, mode, offset, length);
        if (done == 0 && file != NULL) written(file, offset, offset + length);
    }
    unlock();
    return done;
}

/* The room that is left on the disk, where it has a limit. */
long space(const char *path, struct statfs *found) {
    long done = raw_statfs(path, found);
    if (done != 0 || control->limit == 0 || !is_watched_directory(path)) return done;
    lock();
    int64_t left = control->limit - used();
    unlock();
    found->f_bavail = (unsigned long)(left > 0 ? left : 0) / (unsigned long)(found->f_frsize ? found->f_frsize : found->f_bsize);
    return 0;
}

static int allocated(long done) {
    if (done < 0) errno = (int)-done;
    return done < 0 ? -1 : 0;
}

int fallocate(int fd, int mode, off_t offset, off_t length) { return allocated(allocate(fd, mode, offset, length)); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return allocated(allocate(fd, mode, offset, length)); }
int posix_fallocate(int fd, off_t offset, off_t length) { return (int)-allocate(fd, 0, offset, length); }
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return (int)-allocate(fd, 0, offset, length); }

/* Making durable. The kernel's own fsync is left out: the shadow is what counts. */

static int sync_file(int fd) {
    struct file *file = file_of(fd);
    if (file == NULL && !is_directory(fd)) return (int)syscall(SYS_fsync, fd);
    if (control->sync_takes) usleep((useconds_t)control->sync_takes);
    lock();
    int done = 0;
    if (control->sync_errno) {
        if (file != NULL) forget_unsynced(file);
        done = (int)refuse(control->sync_errno);
    } else if (file != NULL) {
        control->syncs++;
        if (!control->sync_lies) make_durable(file, fd);
    } else {
        control->directory_syncs++;
        if (!control->sync_lies) make_names_durable();
    }
    unlock();
    return done;
}

int fsync(int fd) { return sync_file(fd); }
int fdatasync(int fd) { return sync_file(fd); }

/* Reading. */

static bool is_bad(int fd) {
    if (control->bad_reads <= 0) return false;
    struct file *file = file_of(fd);
    if (file == NULL || !is_database(file)) return false;
    control->bad_reads--;
    return true;
}

ssize_t pread(int fd, void *octets, size_t length, off_t at) {
    return is_bad(fd) ? refuse(EIO) : syscall(SYS_pread64, fd, octets, length, at);
}

ssize_t pread64(int fd, void *octets, size_t length, off64_t at) {
    return is_bad(fd) ? refuse(EIO) : syscall(SYS_pread64, fd, octets, length, at);
}

ssize_t read(int fd, void *octets, size_t length) {
    return is_bad(fd) ? refuse(EIO) : syscall(SYS_read, fd, octets, length);
}
