/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target without libFuzzer: on each file named, and on all files of each folder named.
 * So the corpus is a test like any other, with any compiler. Ends with 2 if there was nothing to
 * run or something could not be read; what a target finds wrong ends the program by itself.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static bool run_file(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    g_autofree uint8_t *exact = NULL; /* so that a sanitizer sees a read behind it */
    gsize size;

    if (!g_file_get_contents(path, &bytes, &size, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return false;
    }
    exact = g_malloc(size + (size == 0));
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    return true;
}

/* The count of files run, or -1. */
static int run(const char *path)
{
    g_autoptr(GDir) folder = NULL;
    const char *name;
    int count = 0;

    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return run_file(path) ? 1 : -1;
    folder = g_dir_open(path, 0, NULL);
    if (folder == NULL)
        return -1;
    for (; (name = g_dir_read_name(folder)) != NULL; count++) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        if (!run_file(file))
            return -1;
    }
    return count;
}

int main(int argc, char **argv)
{
    int all = 0;

    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        int count = run(argv[i]);

        if (count < 0)
            return 2;
        all += count;
    }
    printf("%d inputs\n", all);
    return all > 0 ? 0 : 2;
}
