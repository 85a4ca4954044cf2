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
        from setting in SettingsOf(section.PropertyType)
        select $"{section.Name}:{setting}";

    /// <summary>A section in a section is written with one more colon.</summary>
    static IEnumerable<string> SettingsOf(Type section) =>
        from setting in section.GetProperties()
        where setting.SetMethod is { } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
        from name in setting.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal)
            ? SettingsOf(setting.PropertyType).Select(inner => $"{setting.Name}:{inner}")
            : [setting.Name]
        select name;

    static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
