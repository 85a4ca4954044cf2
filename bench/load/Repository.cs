namespace Pilotlight.Load;

/// <summary>Where this checkout is.</summary>
static class Repository
{
    public static string Root { get; } = Find();

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pilotlight.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The benchmark must run from a checkout.");
    }
}
