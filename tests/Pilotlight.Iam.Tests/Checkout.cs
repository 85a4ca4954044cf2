namespace Pilotlight.Iam.Tests;

static class Checkout
{
    public static string Root { get; } = Find();

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pilotlight.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("Not in a checkout.");
    }
}
