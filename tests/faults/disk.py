"""A disk that loses its power: from what power.c wrote down, the folder as it may be afterwards.

What is promised is what POSIX promises, and no more: the bytes and the length of a file are there
when the file was synced after they were written, a name is there when its folder was synced after
it was given. Of all else any part may be there: each sector of 512 bytes and each name for itself,
lengths of before or after. A rename happens whole or not at all; syncfs makes everything last."""
import mmap
import os
import struct

SECTOR = 512
HEAD = 64
RECORD = struct.Struct("<IcxxxIxxxxQqII")


class File:
    def __init__(self, data=b""):
        self.data, self.waiting = bytearray(data), []  # on the disk; (offset, bytes) or a length

    def sync(self):
        for change in self.waiting:
            self.apply(self.data, change)
        self.waiting = []

    @staticmethod
    def apply(data, change):
        if isinstance(change, int):
            del data[change:]
            data.extend(bytes(change - len(data)))
            return
        at, written = change
        data.extend(bytes(max(0, at + len(written) - len(data))))
        data[at:at + len(written)] = written

    def after(self, chance, share):
        """Its bytes after the power went: each change with that share of its sectors."""
        data, lengths = bytearray(self.data), [len(self.data)]
        now = len(self.data)
        for change in self.waiting:
            if isinstance(change, int):
                now = change
                if chance.random() < share:
                    self.apply(data, change)
            else:
                at, written = change
                now = max(now, at + len(written))
                for begin in range(at - at % SECTOR, at + len(written), SECTOR):
                    if chance.random() < share:
                        first, last = max(begin, at), min(begin + SECTOR, at + len(written))
                        self.apply(data, (first, written[first - at:last - at]))
            lengths.append(now)
        if self.waiting and 0 < share < 1:
            self.apply(data, chance.choice(lengths))
        elif share == 1:
            assert len(data) == now
        return bytes(data)


class Folder:
    def __init__(self):
        self.names = {}  # as the program sees it
        self.kept, self.waiting = {}, []  # on the disk; each change: {name: File, Folder or None}

    def change(self, names):
        self.waiting.append(names)
        self.apply(self.names, names)

    @staticmethod
    def apply(to, names):
        for name, node in names.items():
            if node is None:
                to.pop(name, None)
            else:
                to[name] = node

    def sync(self):
        for names in self.waiting:
            self.apply(self.kept, names)
        self.waiting = []

    def after(self, chance, share):
        kept = dict(self.kept)
        for names in self.waiting:
            if chance.random() < share:
                self.apply(kept, names)
        return kept


def load(path):
    """A folder that has been on the disk for long."""
    folder = Folder()
    for entry in os.scandir(path):
        if entry.is_dir():
            folder.names[entry.name] = load(entry.path)
        elif entry.is_file():
            with open(entry.path, "rb") as file:
                folder.names[entry.name] = File(file.read())
    folder.kept = dict(folder.names)
    return folder


def inodes(folder, path):
    yield os.stat(path).st_ino, folder
    for name, node in folder.names.items():
        if isinstance(node, Folder):
            yield from inodes(node, f"{path}/{name}")
        else:
            yield os.stat(f"{path}/{name}").st_ino, node


class Disk:
    """Made before the recording begins, then fed with its records."""

    def __init__(self, path):
        self.root = load(path)
        self.inodes = dict(inodes(self.root, path))

    def find(self, path):
        """The folder above it, and its name there."""
        words = [word for word in path.split("/") if word not in ("", ".")]
        folder = self.root
        for word in words[:-1]:
            folder = folder.names[word]
        return folder, words[-1] if words else ""

    def node(self, path):
        folder, name = self.find(path)
        return folder.names.get(name) if name else folder

    def everything(self):
        return list(self.inodes.values())

    def happens(self, record):
        what, number, at, first, second = record
        if what == "o":
            node = self.node(first)
            if node is None:
                folder, name = self.find(first)
                node = File()
                folder.change({name: node})
            elif at and isinstance(node, File):
                node.waiting.append(0)
            self.inodes[number] = node
        elif what == "w":
            self.inodes[number].waiting.append((at, second))
        elif what == "t":
            self.inodes[number].waiting.append(at)
        elif what == "s":
            self.inodes[number].sync()
        elif what == "S":
            self.sync_all(self.root)
        elif what == "m":
            folder, name = self.find(first)
            folder.change({name: Folder()})
        elif what == "u":
            folder, name = self.find(first)
            folder.change({name: None})
        elif what in "lr":
            self.move(what == "r", first, second.decode())

    def move(self, rename, old, new):
        source, name = self.find(old)
        target, other = self.find(new)
        node = source.names[name]
        if source is target:
            target.change({name: None, other: node} if rename else {other: node})
            return
        target.change({other: node})
        if rename:
            source.change({name: None})

    def sync_all(self, folder):
        folder.sync()
        for node in folder.names.values():
            if isinstance(node, Folder):
                self.sync_all(node)
            else:
                node.sync()

    def fail(self, chance, path):
        """Writes what is left to a folder that is not there yet."""
        share = chance.choice((0, 0, 1, 0.1, 0.5, 0.5, 0.9))
        names = chance.choice((share, 0, 1, 0.5))
        self.leave(self.root, chance, share, names, path)

    def leave(self, folder, chance, share, names, path):
        os.mkdir(path)
        for name, node in sorted(folder.after(chance, names).items()):
            if isinstance(node, Folder):
                self.leave(node, chance, share, names, f"{path}/{name}")
            else:
                with open(f"{path}/{name}", "wb") as file:
                    file.write(node.after(chance, share))


def records(path):
    """(what, inode, number, name, bytes), and for what was said (pid, descriptor)."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as trace:
        end = HEAD + struct.unpack_from("<Q", trace, 0)[0]
        at = HEAD
        while at < end:
            size, what, pid, number, place, a, b = RECORD.unpack_from(trace, at)
            body = at + RECORD.size
            what = what.decode()
            if what == "w":
                first, second = "", trace[body:body + a]
            else:
                first, second = trace[body:body + a].decode(), trace[body + a:body + a + b]
            yield what, (pid, number) if what == "a" else number, place, first, second
            at += size
