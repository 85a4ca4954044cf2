namespace Pilotlight.Functions;

/// <summary>Section <c>FunctionUrls</c>.</summary>
public sealed class FunctionUrlOptions
{
    /// <summary>
    /// What follows <c>ID.lambda-url.REGION.</c> in the URLs that are given out. Names under <c>localhost</c> mean this machine; any other
    /// domain needs a wildcard name that leads here.
    /// </summary>
    public string Domain { get; set; } = "localhost";
}
