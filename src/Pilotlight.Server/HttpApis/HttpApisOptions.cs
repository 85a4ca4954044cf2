namespace Pilotlight.HttpApis;

/// <summary>Section <c>HttpApis</c>.</summary>
public sealed class HttpApisOptions
{
    /// <summary>
    /// What follows <c>ID.execute-api.</c> in the endpoints that are given out. Names under <c>localhost</c> mean this machine; any other
    /// domain needs a wildcard name that leads here.
    /// </summary>
    public string Domain { get; set; } = "localhost";
}
