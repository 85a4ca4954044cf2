namespace Pilotlight.Tests.Cli;

/// <summary>A temporary folder that a test fills; removed with the test.</summary>
sealed class FolderFixture : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pilotlight-test-").FullName;

    public string File(string name, string content = "", UnixFileMode? mode = null)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, content);
        if (mode is { } bits && !OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(path, bits);
        return path;
    }

    public string Executable(string name, string content) =>
        File(name, content, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
