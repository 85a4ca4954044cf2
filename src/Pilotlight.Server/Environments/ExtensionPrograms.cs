using Pilotlight.Functions;
using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>
/// What the layers of a function bring to <c>/opt/extensions</c>. It is looked up on the host, where the layers lie unpacked: names only,
/// and no link is followed, because what a link says is meant for inside.
/// </summary>
static class ExtensionPrograms
{
    public const string Folder = "/opt/extensions";

    /// <summary>A layer with this file at its root switches extensions off, as on AWS.</summary>
    const string Marker = "/disable-extensions-jwigqn8j";

    /// <summary>One too many is enough to know that there are too many.</summary>
    const int MostNames = ExtensionSet.MaxExtensions + 1;

    /// <param name="layers">Where the layers lie unpacked, or null.</param>
    public static bool AreOff(string? layers) => layers is not null && IsThere(layers + Marker);

    /// <summary>The names, in order; every entry that is no folder is meant to be started.</summary>
    public static IReadOnlyList<string> NamesIn(FunctionFolders folders)
    {
        if (folders.Layers is not { } layers || AreOff(layers))
            return [];
        var folder = new DirectoryInfo(layers + "/extensions");
        if (!folder.Exists || folder.LinkTarget is not null)
            return [];
        return [.. folder.EnumerateFileSystemInfos()
            .Where(static entry => entry.LinkTarget is not null || entry is FileInfo)
            .Select(static entry => entry.Name)
            .Order(StringComparer.Ordinal)
            .Take(MostNames)];
    }

    public static ProcessSpec Process(string name, ISandbox sandbox, IReadOnlyDictionary<string, string> variables)
    {
        var path = sandbox.PathInside($"{Folder}/{name}");
        return new ProcessSpec
        {
            Path = path,
            Arguments = [path],
            Environment = variables,
            WorkingDirectory = sandbox.PathInside("/"),
            Output = ProcessOutput.Aside,
        };
    }

    static bool IsThere(string path) => File.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
