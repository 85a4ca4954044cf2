namespace Pilotlight.Sandbox;

/// <summary>
/// The <c>/etc</c> of sandboxes that use the host's <c>/usr</c>: what programs need to run, find each other and verify certificates,
/// and nothing that tells about the host or is not readable to everybody there.
/// </summary>
static class EtcFolder
{
    static readonly string[] Copied =
    [
        "alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "fonts", "gai.conf", "host.conf", "ld.so.cache",
        "ld.so.conf", "ld.so.conf.d", "magic", "mime.types", "pki/ca-trust", "pki/java", "pki/tls/cert.pem", "pki/tls/certs",
        "pki/tls/openssl.cnf", "protocols", "services", "ssl/cert.pem", "ssl/certs", "ssl/openssl.cnf", "terminfo",
    ];

    public const string User = "sbx_user1051";

    public static void Make(string folder, uint user, uint group)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in Copied.Concat(HostFolders("java*")).Concat(HostFolders("python*")).Concat(HostFolders("dotnet")))
            Copy(Path.Combine("/etc", name), Path.Combine(folder, name));
        File.WriteAllText(Path.Combine(folder, "passwd"), $"""
            root:x:0:0:root:/root:/sbin/nologin
            {User}:x:{user}:{group}::/home/{User}:/sbin/nologin
            nobody:x:65534:65534:nobody:/:/sbin/nologin

            """);
        File.WriteAllText(Path.Combine(folder, "group"), $"root:x:0:\n{User}:x:{group}:\nnogroup:x:65534:\n");
        File.WriteAllText(Path.Combine(folder, "nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n");
        WriteNetworkFiles(folder);
        File.CreateSymbolicLink(Path.Combine(folder, "localtime"), "/usr/share/zoneinfo/UTC");
        File.CreateSymbolicLink(Path.Combine(folder, "os-release"), "../usr/lib/os-release");
        File.CreateSymbolicLink(Path.Combine(folder, "mtab"), "/proc/self/mounts");
    }

    /// <summary>What an image cannot know by itself.</summary>
    public static void WriteNetworkFiles(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "hosts"), $"127.0.0.1 localhost {ContainerConfiguration.HostName} sandbox.localdomain sandbox.local\n::1 localhost\n");
        File.WriteAllText(Path.Combine(folder, "resolv.conf"), NameServers.ResolvConf());
    }

    static IEnumerable<string> HostFolders(string pattern) =>
        Directory.GetDirectories("/etc", pattern).Select(path => Path.GetFileName(path)!);

    static void Copy(string source, string target)
    {
        try
        {
            var entry = new FileInfo(source);
            if (entry.LinkTarget is { } link)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.CreateSymbolicLink(target, link);
            }
            else if (entry.Exists)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                if ((entry.UnixFileMode & UnixFileMode.OtherRead) != 0)
                    File.Copy(source, target);
            }
            else if (Directory.Exists(source))
            {
                Directory.CreateDirectory(target);
                foreach (var inner in Directory.GetFileSystemEntries(source))
                    Copy(inner, Path.Combine(target, Path.GetFileName(inner)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that this process may not read, or that went while copied, is not one that every program needs.
        }
    }
}
