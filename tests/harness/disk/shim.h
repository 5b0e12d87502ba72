/* A disk and a clock that do as a test says, between an unchanged program and the C library.
 *
 * The library is loaded with LD_PRELOAD into the `simgate` that ships, below SQLite's own VFS: a VFS
 * written in Rust would need `unsafe`, which the workspace forbids, and would test a program that
 * nobody runs. It watches the files directly in one directory:
 *
 *   DISK_WATCH    that directory
 *   DISK_SHADOW   where it keeps what a power cut would leave (see shadow.c)
 *   DISK_CONTROL  a file of `struct control`, mapped by the program and by the test at once
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/vfs.h>

/* What the test sets, and what it may count. Read anew at each call; the same order as in
 * __init__.py. */
struct control {
    /* Octets that all watched files may hold together, 0 = as many as they like. */
    volatile int64_t limit;
    /* errno of writing, truncating and allocating; 0 = they work. */
    volatile int64_t write_errno;
    /* errno of fsync. What was not durable before it never becomes so by a later one: the kernel
     * has marked those pages clean (the "fsyncgate" of 2018). */
    volatile int64_t sync_errno;
    /* errno of opening for writing, creating, renaming and removing. */
    volatile int64_t open_errno;
    /* So many reads of the database itself fail with EIO. */
    volatile int64_t bad_reads;
    /* Added to the wall clock, nanoseconds. */
    volatile int64_t clock_offset;
    /* How long an fsync takes, microseconds. */
    volatile int64_t sync_takes;
    /* An fsync says that it was done, and does nothing. */
    volatile int64_t sync_lies;
    /* Counters. */
    volatile int64_t writes;
    volatile int64_t syncs;
    volatile int64_t directory_syncs;
    volatile int64_t refused;
    volatile int64_t allocations;
    volatile int64_t clock_reads;
};

extern struct control *control;
extern char watched[];

/* Both must be called between lock() and unlock(). */
void lock(void);
void unlock(void);

/* shadow.c: which open descriptors are watched files, and what of them is durable. */
struct file;
void shadow_start(const char *shadow);
/* The file's name when `path` is directly in the watched directory, otherwise NULL. */
const char *watched_name(const char *path);
bool is_watched_directory(const char *path);
void opened(int fd, const char *name, bool existed);
void opened_directory(int fd);
void closed(int fd);
struct file *file_of(int fd);
bool is_directory(int fd);
/* The main database file, and no log. */
bool is_database(const struct file *file);
bool is_memory(const struct file *file);
void written(struct file *file, off_t from, off_t to);
void truncated(struct file *file, off_t to);
void make_durable(struct file *file, int fd);
void forget_unsynced(struct file *file);
void make_names_durable(void);
/* Octets that the watched files hold now. */
int64_t used(void);

/* calls.c: as the raw system call does it, -errno for an error. */
long allocate(int fd, int mode, off_t offset, off_t length);
long space(const char *path, struct statfs *found);

/* traps.c */
long raw_fallocate(int fd, int mode, off_t offset, off_t length);
long raw_statfs(const char *path, struct statfs *found);
void trap_calls(void);

#endif
