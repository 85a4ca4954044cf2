using System.IO.Compression;

namespace Pilotlight.Functions;

enum ZipEntryKind
{
    File,
    Folder,
    Link,

    /// <summary>A device, a pipe, a socket: nothing a package may hold.</summary>
    Other,
}

static class ZipEntryKinds
{
    const int TypeMask = 0xF000;
    const int RegularFile = 0x8000;
    const int Directory = 0x4000;
    const int SymbolicLink = 0xA000;

    extension(ZipEntryKind)
    {
        /// <summary>What the entry's unix mode says; zips made elsewhere have none, and their folders end in a slash.</summary>
        public static ZipEntryKind Of(ZipArchiveEntry entry, bool isFolder) => ((entry.ExternalAttributes >> 16) & TypeMask) switch
        {
            0 => isFolder ? ZipEntryKind.Folder : ZipEntryKind.File,
            RegularFile when !isFolder => ZipEntryKind.File,
            Directory => ZipEntryKind.Folder,
            SymbolicLink when !isFolder => ZipEntryKind.Link,
            _ => ZipEntryKind.Other,
        };
    }
}
