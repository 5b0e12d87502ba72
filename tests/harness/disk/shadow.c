/* What a power cut would leave.
 *
 * The shadow directory holds a copy of each file's durable octets under a number, and `names`: which
 * number had which name when the directory was last synced. A write only marks pages; an fsync copies
 * the marked pages into the copy. Creating, renaming and removing count from the next fsync of the
 * directory. The index in shared memory (-shm) is never durable. After killing the program the test
 * puts the shadow in the place of the files (__init__.py).
 *
 * What is interposed (calls.c) is called here by its number, so that this file's own work is not
 * mistaken for the program's. */
#define _GNU_SOURCE
#include "shim.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, DESCRIPTORS = 65536 };

struct file {
    struct file *next;
    dev_t dev;
    ino_t ino;
    int number;
    int copy;
    bool database;
    bool memory;
    unsigned char *dirty;
    size_t pages;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;
static struct file *descriptors[DESCRIPTORS];
static bool directories[DESCRIPTORS];
static char shadow[PATH_MAX];
static int numbers;

void lock(void) { pthread_mutex_lock(&mutex); }
void unlock(void) { pthread_mutex_unlock(&mutex); }

static void fail(const char *what) {
    perror(what);
    abort();
}

static bool ends_with(const char *name, const char *end) {
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

const char *watched_name(const char *path) {
    size_t length = strlen(watched);
    if (length == 0 || strncmp(path, watched, length) != 0 || path[length] != '/') return NULL;
    const char *name = path + length + 1;
    return *name != 0 && strchr(name, '/') == NULL ? name : NULL;
}

bool is_watched_directory(const char *path) {
    size_t length = strlen(watched);
    if (length == 0 || strncmp(path, watched, length) != 0) return false;
    return path[length] == 0 || strcmp(path + length, "/.") == 0 || strcmp(path + length, "/") == 0;
}

static struct file *by_inode(const struct stat *stat) {
    for (struct file *file = files; file != NULL; file = file->next)
        if (file->dev == stat->st_dev && file->ino == stat->st_ino) return file;
    return NULL;
}

static struct file *add(const struct stat *stat, const char *name, int number) {
    struct file *file = calloc(1, sizeof *file);
    if (file == NULL) fail("calloc");
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/%d", shadow, number);
    *file = (struct file){
        .next = files,
        .dev = stat->st_dev,
        .ino = stat->st_ino,
        .number = number,
        .copy = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600),
        .database = ends_with(name, ".db"),
        .memory = ends_with(name, "-shm"),
    };
    if (file->copy < 0) fail(path);
    files = file;
    return file;
}

/* An inode that was removed may be given to a new file: its old copy stays under its number, in case
 * that the removal is undone by the cut. */
static void forget_inode(const struct stat *stat) {
    struct file *file = by_inode(stat);
    if (file != NULL) file->ino = 0;
}

void shadow_start(const char *directory) {
    snprintf(shadow, sizeof shadow, "%s", directory);
    char path[PATH_MAX + 16], name[NAME_MAX + 1];
    snprintf(path, sizeof path, "%s/names", shadow);
    FILE *names = fopen(path, "r");
    if (names == NULL) fail(path);
    int number;
    while (fscanf(names, "%d %255s", &number, name) == 2) {
        struct stat found;
        char real[PATH_MAX + NAME_MAX + 2];
        snprintf(real, sizeof real, "%s/%s", watched, name);
        if (stat(real, &found) == 0) add(&found, name, number);
        if (number >= numbers) numbers = number + 1;
    }
    fclose(names);
}

void opened(int fd, const char *name, bool existed) {
    struct stat found;
    if (fd < 0 || fd >= DESCRIPTORS || fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return;
    if (!existed) forget_inode(&found);
    struct file *file = by_inode(&found);
    descriptors[fd] = file != NULL ? file : add(&found, name, numbers++);
    directories[fd] = false;
}

void opened_directory(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS) directories[fd] = true;
}

void closed(int fd) {
    if (fd < 0 || fd >= DESCRIPTORS) return;
    descriptors[fd] = NULL;
    directories[fd] = false;
}

struct file *file_of(int fd) { return fd >= 0 && fd < DESCRIPTORS ? descriptors[fd] : NULL; }
bool is_directory(int fd) { return fd >= 0 && fd < DESCRIPTORS && directories[fd]; }
bool is_database(const struct file *file) { return file->database; }
bool is_memory(const struct file *file) { return file->memory; }

void written(struct file *file, off_t from, off_t to) {
    if (file->memory || to <= from) return;
    size_t end = (size_t)((to + PAGE - 1) / PAGE);
    if (end > file->pages) {
        size_t pages = end * 2;
        file->dirty = realloc(file->dirty, pages);
        if (file->dirty == NULL) fail("realloc");
        memset(file->dirty + file->pages, 0, pages - file->pages);
        file->pages = pages;
    }
    memset(file->dirty + from / PAGE, 1, end - (size_t)(from / PAGE));
}

void truncated(struct file *file, off_t to) {
    /* What is cut off and written again differs from the copy in every page. */
    struct stat copy;
    if (fstat(file->copy, &copy) == 0) written(file, to, copy.st_size);
}

void make_durable(struct file *file, int fd) {
    char page[PAGE];
    struct stat found;
    if (file->memory || fstat(fd, &found) != 0) return;
    for (size_t at = 0; at < file->pages; at++) {
        if (!file->dirty[at]) continue;
        file->dirty[at] = 0;
        ssize_t got = syscall(SYS_pread64, fd, page, (size_t)PAGE, (off_t)at * PAGE);
        if (got > 0 && syscall(SYS_pwrite64, file->copy, page, (size_t)got, (off_t)at * PAGE) != got) fail("shadow");
    }
    if (syscall(SYS_ftruncate, file->copy, found.st_size) != 0) fail("shadow");
}

void forget_unsynced(struct file *file) {
    if (file->dirty != NULL) memset(file->dirty, 0, file->pages);
}

void make_names_durable(void) {
    char fresh[PATH_MAX + 16], path[PATH_MAX + 16], real[PATH_MAX + NAME_MAX + 2];
    snprintf(fresh, sizeof fresh, "%s/names.new", shadow);
    snprintf(path, sizeof path, "%s/names", shadow);
    FILE *names = fopen(fresh, "w");
    DIR *listing = opendir(watched);
    if (names == NULL || listing == NULL) fail(watched);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        struct stat found;
        snprintf(real, sizeof real, "%s/%s", watched, entry->d_name);
        if (stat(real, &found) != 0 || !S_ISREG(found.st_mode)) continue;
        struct file *file = by_inode(&found);
        if (file == NULL || file->memory) continue;
        fprintf(names, "%d %s\n", file->number, entry->d_name);
    }
    closedir(listing);
    fclose(names);
    if (syscall(SYS_renameat, AT_FDCWD, fresh, AT_FDCWD, path) != 0) fail(path);
}

int64_t used(void) {
    int64_t octets = 0;
    char real[PATH_MAX + NAME_MAX + 2];
    DIR *listing = opendir(watched);
    if (listing == NULL) return 0;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        struct stat found;
        snprintf(real, sizeof real, "%s/%s", watched, entry->d_name);
        if (stat(real, &found) == 0 && S_ISREG(found.st_mode)) octets += found.st_size;
    }
    closedir(listing);
    return octets;
}
