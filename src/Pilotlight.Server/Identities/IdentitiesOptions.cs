namespace Pilotlight.Identities;

public sealed class IdentitiesOptions
{
    /// <summary>
    /// Whether <c>test</c>/<c>test</c> is a root key of the first account. True only while the server is bound to loopback;
    /// otherwise the first start makes a root key and prints it once.
    /// </summary>
    public bool AllowTestKey { get; set; }
}
