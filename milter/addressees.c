/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorts recipients into role addresses, operators and outsiders, and role addresses into the order
 * in which they own a ticket. Knows no kind of message. The thread that holds the store.
 */
#include "milter/addressees.h"

#include <string.h>

#include "milter/address.h"

void addressee_free(struct addressee *addressee)
{
    if (addressee == NULL)
        return;
    g_free(addressee->role);
    g_free(addressee->extension);
    department_free(addressee->department);
    operator_free(addressee->person);
    g_free(addressee);
}

struct addressee *addressee_new_primary(struct department *department)
{
    struct addressee *addressee = g_new0(struct addressee, 1);

    addressee->role = g_strdup(department->primary);
    addressee->department = department;
    return addressee;
}

void addressees_free(struct addressees *addressees)
{
    if (addressees == NULL)
        return;
    g_ptr_array_unref(addressees->all);
    g_ptr_array_unref(addressees->roles);
    g_free(addressees);
}

/* A role address as it stands wins over its reading as another one with an extension. */
static bool find_role(struct store *store, const char *delimiters, struct addressee *addressee,
                      GError **error)
{
    const char *address = addressee->recipient->address;
    g_autofree char *base = NULL;
    g_autofree char *extension = NULL;

    if (!department_find_role(store, address, &addressee->department, error))
        return false;
    if (addressee->department != NULL) {
        addressee->role = g_strdup(address);
        return true;
    }
    if (!address_cut(address, delimiters, &base, &extension))
        return true;
    if (!department_find_role(store, base, &addressee->department, error))
        return false;
    if (addressee->department != NULL) {
        addressee->role = g_steal_pointer(&base);
        addressee->extension = g_steal_pointer(&extension);
    }
    return true;
}

static bool find(struct store *store, const char *delimiters, struct addressee *addressee,
                 GError **error)
{
    if (addressee->recipient->address == NULL)
        return true;
    if (!find_role(store, delimiters, addressee, error))
        return false;
    return addressee->role != NULL ||
           operator_find(store, addressee->recipient->address, &addressee->person, error);
}

int addressees_place(GPtrArray *addresses, const char *delimiters, const char *role)
{
    for (guint i = 0; i < addresses->len; i++) {
        const struct mail_address *written = addresses->pdata[i];
        g_autofree char *base = NULL;
        g_autofree char *extension = NULL;

        address_cut(written->address, delimiters, &base, &extension);
        if (strcmp(written->address, role) == 0 || strcmp(base, role) == 0)
            return (int)i;
    }
    return -1;
}

struct ranked {
    struct addressee *addressee;
    int rank;
};

static gint by_rank(gconstpointer a, gconstpointer b)
{
    return ((const struct ranked *)a)->rank - ((const struct ranked *)b)->rank;
}

static int rank(const struct addressee *addressee, const char *delimiters, const struct mail *mail,
                guint position)
{
    int to = addressees_place(mail->to, delimiters, addressee->role);
    int cc = to < 0 ? addressees_place(mail->cc, delimiters, addressee->role) : -1;

    if (to >= 0)
        return to;
    return cc >= 0 ? (int)mail->to->len + cc : (int)(mail->to->len + mail->cc->len + position);
}

/* Of several spellings of one role address the one with an extension stands for it: it says most.
 */
static bool is_known(GArray *ranked, struct addressee *addressee)
{
    for (guint i = 0; i < ranked->len; i++) {
        struct ranked *other = &g_array_index(ranked, struct ranked, i);

        if (strcmp(other->addressee->role, addressee->role) != 0)
            continue;
        if (other->addressee->extension == NULL && addressee->extension != NULL)
            other->addressee = addressee;
        return true;
    }
    return false;
}

static void sort_roles(struct addressees *addressees, const char *delimiters,
                       const struct mail *mail)
{
    g_autoptr(GArray) ranked = g_array_new(FALSE, FALSE, sizeof(struct ranked));

    for (guint i = 0; i < addressees->all->len; i++) {
        struct addressee *addressee = addressees->all->pdata[i];
        struct ranked one = {addressee, 0};

        if (addressee->role == NULL || is_known(ranked, addressee))
            continue;
        one.rank = rank(addressee, delimiters, mail, i);
        g_array_append_val(ranked, one);
    }
    g_array_sort(ranked, by_rank);
    for (guint i = 0; i < ranked->len; i++)
        g_ptr_array_add(addressees->roles, g_array_index(ranked, struct ranked, i).addressee);
}

struct addressees *addressees_find(struct store *store, const char *delimiters,
                                   const struct envelope *envelope, const struct mail *mail,
                                   GError **error)
{
    AUTO(addressees) addressees = g_new0(struct addressees, 1);

    addressees->all = g_ptr_array_new_with_free_func((GDestroyNotify)addressee_free);
    addressees->roles = g_ptr_array_new();
    for (guint i = 0; i < envelope->recipients->len; i++) {
        struct addressee *addressee = g_new0(struct addressee, 1);

        addressee->recipient = envelope->recipients->pdata[i];
        g_ptr_array_add(addressees->all, addressee);
        if (!find(store, delimiters, addressee, error))
            return NULL;
        if (addressee_is_outsider(addressee))
            addressees->outsiders++;
    }
    sort_roles(addressees, delimiters, mail);
    return g_steal_pointer(&addressees);
}

bool addressee_is_outsider(const struct addressee *addressee)
{
    return addressee->role == NULL && addressee->person == NULL;
}

bool addressees_has(const struct addressees *addressees, const char *address)
{
    for (guint i = 0; i < addressees->all->len; i++) {
        const struct addressee *addressee = addressees->all->pdata[i];

        if (g_strcmp0(addressee->recipient->address, address) == 0)
            return true;
    }
    return false;
}

bool addressees_has_operator(const struct addressees *addressees, int64_t operator_id)
{
    for (guint i = 0; i < addressees->all->len; i++) {
        const struct addressee *addressee = addressees->all->pdata[i];

        if (addressee->person != NULL && addressee->person->id == operator_id)
            return true;
    }
    return false;
}

bool addressees_is_role(struct store *store, const char *delimiters, const char *address,
                        bool *is_role, GError **error)
{
    struct envelope_recipient recipient = {NULL, (char *)address};
    struct addressee *addressee = g_new0(struct addressee, 1);
    bool done;

    addressee->recipient = &recipient;
    done = find_role(store, delimiters, addressee, error);
    *is_role = addressee->role != NULL;
    addressee_free(addressee);
    return done;
}
