using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pilotlight.Tests.Cli;

public sealed class ConfigurationPageTests
{
    [Fact]
    public void Every_setting_is_on_the_page_and_every_setting_on_the_page_exists()
    {
        var page = File.ReadAllLines(Path.Combine(Repository(), "docs/configuration.md"));

        var listed = page.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]);

        Assert.Equal(Settings().Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    /// <summary>What only a constructor sets is no setting: configuration cannot reach it.</summary>
    static IEnumerable<string> Settings() =>
        from section in typeof(PlatformOptions).GetProperties()
        from setting in section.PropertyType.GetProperties()
        where setting.SetMethod is { } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
        select $"{section.Name}:{setting.Name}";

    static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
