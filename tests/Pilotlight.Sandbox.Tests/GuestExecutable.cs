using System.Diagnostics;

namespace Pilotlight.Sandbox.Tests;

/// <summary>The guest to test with: <c>PILOTLIGHT_GUEST</c>, else the published one, which is built when it is missing or its sources have changed.</summary>
static class GuestExecutable
{
    static readonly Lazy<string> Found = new(Find);

    public static string Path => Found.Value;

    static string Find()
    {
        if (Environment.GetEnvironmentVariable("PILOTLIGHT_GUEST") is { Length: > 0 } path)
            return path;
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(root.FullName, "Pilotlight.slnx")))
            root = root.Parent ?? throw new InvalidOperationException("the tests are not inside the repository");
        var guest = System.IO.Path.Combine(root.FullName, "artifacts/publish/Pilotlight.Guest/release_linux-x64/pilotlight-guest");
        var sources = new DirectoryInfo(System.IO.Path.Combine(root.FullName, "src/Pilotlight.Guest")).EnumerateFiles();
        if (!File.Exists(guest) || sources.Any(source => source.LastWriteTimeUtc > File.GetLastWriteTimeUtc(guest)))
        {
            using var build = Process.Start(
                "dotnet", ["publish", System.IO.Path.Combine(root.FullName, "src/Pilotlight.Guest"), "-c", "Release", "-r", "linux-x64", "-v", "q"]);
            build.WaitForExit();
        }
        return guest;
    }
}
