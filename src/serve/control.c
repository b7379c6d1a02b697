/* control.c: messages with a file descriptor beside them. */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "serve/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

bool control_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
}

bool control_send(int to, const struct control *control, int fd)
{
    struct control copy = *control;
    struct iovec bytes = {.iov_base = &copy, .iov_len = sizeof copy};
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {0};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    ssize_t n;

    if (fd >= 0) {
        struct cmsghdr *beside;

        message.msg_control = room;
        message.msg_controllen = sizeof room;
        beside = CMSG_FIRSTHDR(&message);
        beside->cmsg_level = SOL_SOCKET;
        beside->cmsg_type = SCM_RIGHTS;
        beside->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(beside), &fd, sizeof fd);
    }
    do
        n = sendmsg(to, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof copy;
}

bool control_receive(int from, struct control *control, int *fd, bool *none)
{
    struct iovec bytes = {.iov_base = control, .iov_len = sizeof *control};
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int))];
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *beside;
    ssize_t n = recvmsg(from, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

    *fd = -1;
    *none = n < 0 && (errno == EAGAIN || errno == EINTR);
    if (n != (ssize_t)sizeof *control)
        return *none;
    beside = CMSG_FIRSTHDR(&message);
    if (beside && beside->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(beside), sizeof *fd);
    return true;
}
