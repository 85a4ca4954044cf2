namespace Pilotlight;

/// <summary>Where the build put what is not in the program itself: the guest and the runtime clients.</summary>
static class InstallationPaths
{
    public static string Guest => Environment.GetEnvironmentVariable("PILOTLIGHT_GUEST") is { Length: > 0 } path
        ? path
        : Path.Combine(Artifacts, "guest", "pilotlight-guest");

    public static string Runtimes => Environment.GetEnvironmentVariable("PILOTLIGHT_RUNTIMES") is { Length: > 0 } path
        ? path
        : Path.Combine(Artifacts, "runtimes");

    /// <summary>The <c>artifacts</c> folder of the checkout that this program was built in, or the program's own folder.</summary>
    static string Artifacts
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (folder.Name == "artifacts")
                    return folder.FullName;
            }

            return AppContext.BaseDirectory;
        }
    }
}
