using System.Globalization;

namespace Pilotlight.Environments;

public enum RuntimeLanguage
{
    Python,
    Node,
    Ruby,
    Java,
    DotNet,
    Provided,
}

/// <summary>An interpreter found on this machine.</summary>
/// <param name="Path">Absolute path of the executable.</param>
/// <param name="Folder">What must be visible inside when it is not under <c>/usr</c>, or null.</param>
public sealed record Interpreter(RuntimeLanguage Language, Version Version, string Path, string? Folder);

/// <summary>How a runtime identifier is served here.</summary>
public sealed record RuntimeMatch(string Identifier, RuntimeLanguage Language, Version Wanted, Interpreter? Interpreter)
{
    /// <summary>Python and Ruby are told apart by their minor version, the others by the major one.</summary>
    public bool IsExact => Interpreter is null
        ? Language == RuntimeLanguage.Provided
        : Interpreter.Version.Major == Wanted.Major
          && (Language is not (RuntimeLanguage.Python or RuntimeLanguage.Ruby) || Interpreter.Version.Minor == Wanted.Minor);
}

/// <summary>Knows which interpreters this machine has, and which of them serves an AWS runtime identifier.</summary>
public sealed class RuntimeCatalog
{
    readonly Lazy<IReadOnlyList<Interpreter>> _interpreters = new(Discover);

    public IReadOnlyList<Interpreter> Interpreters => _interpreters.Value;

    /// <summary>Identifiers that AWS offers today, newest last within a language.</summary>
    public static IReadOnlyList<string> Identifiers { get; } =
    [
        "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14",
        "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x",
        "ruby3.2", "ruby3.3", "ruby3.4",
        "java8.al2", "java11", "java17", "java21", "java25",
        "dotnet6", "dotnet8", "dotnet10",
        "provided.al2", "provided.al2023",
    ];

    /// <summary>The exact interpreter, else the nearest: the next newer one, else the newest there is. Null for an identifier of no known language.</summary>
    public RuntimeMatch? Find(string identifier)
    {
        if (Parse(identifier) is not var (language, wanted))
            return null;
        if (language == RuntimeLanguage.Provided)
            return new RuntimeMatch(identifier, language, wanted, null);
        var candidates = Interpreters.Where(found => found.Language == language).OrderBy(found => found.Version).ToList();
        var exact = candidates.LastOrDefault(found => new RuntimeMatch(identifier, language, wanted, found).IsExact);
        var nearest = exact ?? candidates.FirstOrDefault(found => found.Version >= wanted) ?? candidates.LastOrDefault();
        return new RuntimeMatch(identifier, language, wanted, nearest);
    }

    static (RuntimeLanguage Language, Version Wanted)? Parse(string identifier)
    {
        foreach (var (prefix, language) in s_prefixes)
        {
            if (!identifier.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            if (language == RuntimeLanguage.Provided)
                return (language, new Version(0, 0));
            var number = identifier[prefix.Length..].Replace(".x", "").Replace(".al2", "");
            if (!number.Contains('.'))
                number += ".0";
            return Version.TryParse(number, out var version) ? (language, version) : null;
        }

        return null;
    }

    static readonly (string Prefix, RuntimeLanguage Language)[] s_prefixes =
    [
        ("python", RuntimeLanguage.Python), ("nodejs", RuntimeLanguage.Node), ("ruby", RuntimeLanguage.Ruby),
        ("java", RuntimeLanguage.Java), ("dotnet", RuntimeLanguage.DotNet), ("provided", RuntimeLanguage.Provided),
    ];

    static IReadOnlyList<Interpreter> Discover()
    {
        var found = new List<Interpreter>();
        foreach (var folder in new[] { "/usr/bin", "/usr/local/bin" }.Where(Directory.Exists))
        {
            foreach (var path in Directory.EnumerateFiles(folder, "python3.*"))
            {
                if (Version.TryParse(Path.GetFileName(path)["python".Length..], out var version))
                    found.Add(new Interpreter(RuntimeLanguage.Python, version, path, null));
            }

            foreach (var path in Directory.EnumerateFiles(folder, "ruby3.*").Concat(Directory.EnumerateFiles(folder, "ruby4.*")))
            {
                if (Version.TryParse(Path.GetFileName(path)["ruby".Length..], out var version))
                    found.Add(new Interpreter(RuntimeLanguage.Ruby, version, path, null));
            }
        }

        foreach (var path in new[] { "/usr/bin/node", "/usr/local/bin/node", "/usr/bin/nodejs" }.Where(File.Exists).Take(1))
        {
            if (NodeVersion(path) is { } version)
                found.Add(new Interpreter(RuntimeLanguage.Node, version, path, null));
        }

        if (Directory.Exists("/usr/lib/jvm"))
            found.AddRange(Directory.EnumerateDirectories("/usr/lib/jvm").Select(TryJava).OfType<Interpreter>().DistinctBy(java => java.Version));
        foreach (var root in new[] { "/usr/share/dotnet", "/usr/lib/dotnet", "/opt/dotnet" }.Where(Directory.Exists))
            found.AddRange(DotNets(root));
        return found;
    }

    /// <summary>Node's version from its header file where there is one (no process), else by asking it.</summary>
    static Version? NodeVersion(string path)
    {
        var start = new System.Diagnostics.ProcessStartInfo(path, "--version") { RedirectStandardOutput = true };
        using var node = System.Diagnostics.Process.Start(start);
        var text = node?.StandardOutput.ReadToEnd().Trim().TrimStart('v') ?? "";
        node?.WaitForExit();
        return Version.TryParse(text, out var version) ? new Version(version.Major, version.Minor) : null;
    }

    static Interpreter? TryJava(string home)
    {
        var java = Path.Combine(home, "bin", "java");
        var release = Path.Combine(home, "release");
        if (!File.Exists(java) || !File.Exists(release) || new DirectoryInfo(home).LinkTarget is not null)
            return null;
        var line = File.ReadLines(release).FirstOrDefault(line => line.StartsWith("JAVA_VERSION=", StringComparison.Ordinal)) ?? "";
        var text = line["JAVA_VERSION=".Length..].Trim('"');
        if (text.StartsWith("1.", StringComparison.Ordinal))
            text = text[2..];
        var major = text.Split('.', '_', '+')[0];
        return int.TryParse(major, CultureInfo.InvariantCulture, out var number)
            ? new Interpreter(RuntimeLanguage.Java, new Version(number, 0), java, null)
            : null;
    }

    static IEnumerable<Interpreter> DotNets(string root)
    {
        var shared = Path.Combine(root, "shared", "Microsoft.NETCore.App");
        if (!Directory.Exists(shared))
            return [];
        return Directory.EnumerateDirectories(shared)
            .Select(folder => Version.TryParse(Path.GetFileName(folder), out var version) ? version : null)
            .OfType<Version>()
            .DistinctBy(version => version.Major)
            .Select(version => new Interpreter(
                RuntimeLanguage.DotNet, new Version(version.Major, 0), Path.Combine(root, "dotnet"), root.StartsWith("/usr/", StringComparison.Ordinal) ? null : root));
    }
}
