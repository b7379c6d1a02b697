/* peer.c: who is at the other end of a socket, and which role that is. */
#define _GNU_SOURCE /* struct ucred */
#include "serve/front-internal.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAME_MOST = 64, GROUPS_MOST = 256 };

static bool is_user(struct str word, uid_t uid)
{
    char name[NAME_MOST];
    const struct passwd *entry;
    long number;

    if (str_is(word, "self"))
        return uid == geteuid();
    if (str_number(word, &number))
        return uid == (uid_t)number;
    if (word.n >= sizeof name)
        return false;
    memcpy(name, word.p, word.n);
    name[word.n] = '\0';
    entry = getpwnam(name);
    return entry && entry->pw_uid == uid;
}

static bool is_group(struct str word, const gid_t *groups, size_t count)
{
    char name[NAME_MOST];
    const struct group *entry;
    long number;
    gid_t wanted;

    if (word.n >= sizeof name)
        return false;
    memcpy(name, word.p, word.n);
    name[word.n] = '\0';
    entry = str_number(word, &number) ? NULL : getgrnam(name);
    if (!entry && !str_number(word, &number))
        return false;
    wanted = entry ? entry->gr_gid : (gid_t)number;
    for (size_t i = 0; i < count; i++) {
        if (groups[i] == wanted)
            return true;
    }
    return false;
}

static bool is_peer(const struct rights *rights, uid_t uid, const gid_t *groups, size_t count)
{
    for (size_t i = 0; i < rights->users.count; i++) {
        if (is_user(rights->users.words[i], uid))
            return true;
    }
    for (size_t i = 0; i < rights->groups.count; i++) {
        if (is_group(rights->groups.words[i], groups, count))
            return true;
    }
    return false;
}

const struct rights *peer_rights(const struct settings *settings, int fd, uid_t *uid,
                                 struct err *err)
{
    struct ucred peer;
    gid_t groups[GROUPS_MOST];
    socklen_t size = sizeof peer, more = sizeof groups - sizeof *groups;
    size_t count = 1;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        err_add(err, RIGHTS_DENIED, where_none(), "无法得知对方是谁：%s",
                "the peer is not known: %s", strerror(errno));
        return NULL;
    }
    *uid = peer.uid;
    groups[0] = peer.gid;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &more) == 0)
        count += more / sizeof *groups;
    for (size_t i = 0; i < settings->rights.count; i++) {
        const struct rights *rights = &settings->rights.all[i];

        if (is_peer(rights, peer.uid, groups, count))
            return rights;
    }
    err_add(err, RIGHTS_DENIED, where_none(), "用户 %ld 没有角色", "user %ld has no role",
            (long)peer.uid);
    err_rule(err, where_file("config/danzheng.ini", 0, 0));
    err_hint(err, "users = %ld in a [role …] of config/danzheng.ini", (long)peer.uid);
    return NULL;
}

const struct rights *peer_again(const struct front *front, const struct conn *conn,
                                struct err *err)
{
    struct str role = str_from(front->serve->role);
    const struct rights *rights;
    uid_t uid;

    if (front->serve->socket)
        return peer_rights(front->settings, conn->in.fd, &uid, err);
    rights = rights_find(&front->settings->rights, role);
    if (rights)
        return rights;
    err_add(err, RIGHTS_DENIED, where_none(), "没有角色“%.*s”", "no role '%.*s'",
            STR_ARG(role));
    err_rule(err, where_file("config/danzheng.ini", 0, 0));
    return NULL;
}
