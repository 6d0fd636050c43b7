/* Loads libduckdb when one of its functions is called for the first time. Most processes of Pipesmith never call
   one, and the library costs each of them 12 MiB of memory and 8 ms. The functions themselves are jumps, written by
   build.rs: each goes through its slot of a table, which at first leads here. */

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

extern const char *const lazy_duckdb_names[];
extern void *lazy_duckdb_slots[];

static void *library;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Nothing can go on without the function that is called. */
static void give_up(void) {
    const char *why = dlerror();
    fprintf(stderr, "pipesmith: DuckDB can't be loaded: %s\n", why ? why : "no reason is known");
    _exit(1);
}

/* The library is looked for where the program says (its run path), where LD_LIBRARY_PATH says, and in the system. */
static void load(void) {
    library = dlopen("libduckdb.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        give_up();
    }
}

__attribute__((visibility("hidden"))) void *lazy_duckdb_find(unsigned long number) {
    pthread_once(&once, load);
    void *found = dlsym(library, lazy_duckdb_names[number]);
    if (!found) {
        give_up();
    }
    __atomic_store_n(&lazy_duckdb_slots[number], found, __ATOMIC_RELEASE);
    return found;
}
