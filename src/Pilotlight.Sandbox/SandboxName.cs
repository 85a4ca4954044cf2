namespace Pilotlight.Sandbox;

/// <summary>The rule for the names of sandboxes: they become names of folders, groups and devices.</summary>
static class SandboxName
{
    public static void Check(string id)
    {
        if (id.Length is 0 or > 40 || id.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-"))
            throw new SandboxException($"'{id}' is no name for a sandbox: 1 to 40 of a-z, 0-9 and -");
    }
}
