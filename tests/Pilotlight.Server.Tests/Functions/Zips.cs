using System.IO.Compression;
using System.Text;

namespace Pilotlight.Tests.Functions;

/// <summary>Zips in memory, good ones and bad ones.</summary>
static class Zips
{
    public static byte[] Of(params (string Name, string Content)[] files) =>
        Build(archive =>
        {
            foreach (var (name, content) in files)
                Add(archive, name, content);
        });

    public static byte[] Build(Action<ZipArchive> fill)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            fill(archive);
        return stream.ToArray();
    }

    /// <summary>An entry with a unix mode, as <c>zip</c> on Linux writes it.</summary>
    public static ZipArchiveEntry Add(ZipArchive archive, string name, string content, int mode = 0)
    {
        var entry = archive.CreateEntry(name);
        entry.LastWriteTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        entry.ExternalAttributes = mode << 16;
        using var target = entry.Open();
        target.Write(Encoding.UTF8.GetBytes(content));
        return entry;
    }

    public static void AddLink(ZipArchive archive, string name, string target) => Add(archive, name, target, 0xA1FF);
}
