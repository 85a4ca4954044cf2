namespace Pilotlight.HttpApis;

/// <summary>Section <c>HttpApis</c>.</summary>
public sealed class HttpApisOptions
{
    /// <summary>
    /// What follows <c>ID.execute-api.</c> in the endpoints that are given out. Names under <c>localhost</c> mean this machine; any other
    /// domain needs a wildcard name that leads here.
    /// </summary>
    public string Domain { get; set; } = "localhost";

    /// <summary>
    /// Where integrations with HTTP endpoints may lead beside the public network: addresses, networks (<c>10.1.0.0/16</c>), names
    /// (<c>db.internal</c>, <c>*.internal</c>), each with <c>:PORT</c> for one port only. This machine and private networks are refused else.
    /// </summary>
    public List<string> ProxyTargets { get; set; } = [];
}
