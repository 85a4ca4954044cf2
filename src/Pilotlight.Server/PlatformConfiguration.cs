namespace Pilotlight;

/// <summary>Reads the settings: the JSON file named by <c>PILOTLIGHT_CONFIG</c> (else <c>pilotlight.config.json</c> here), then <c>PILOTLIGHT__*</c>.</summary>
static class PlatformConfiguration
{
    public static PlatformOptions Load()
    {
        var file = Environment.GetEnvironmentVariable("PILOTLIGHT_CONFIG");
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath(file ?? "pilotlight.config.json"), optional: file is null, reloadOnChange: false)
            .AddEnvironmentVariables("PILOTLIGHT__")
            .Build();
        var options = new PlatformOptions();
        configuration.Bind(options);
        return options;
    }
}
