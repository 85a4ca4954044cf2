namespace Pilotlight.Sandbox;

/// <summary>
/// Finds where a path leads inside an unpacked image, whose symbolic links are a stranger's: they never lead out of the image.
/// </summary>
sealed class ImageTree(string image)
{
    const int MostLinks = 40;

    /// <summary>The path without symbolic links in all but its last part; parts that do not exist stay as they are.</summary>
    /// <exception cref="SandboxException">The links go round in circles.</exception>
    public string Resolve(string path)
    {
        var rest = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var done = new List<string>();
        var links = 0;
        while (rest.TryPop(out var part))
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                if (done.Count > 0)
                    done.RemoveAt(done.Count - 1);
                continue;
            }
            var here = $"{image}/{string.Join('/', done)}/{part}";
            if (rest.Count == 0 || new FileInfo(here).LinkTarget is not { } target)
            {
                done.Add(part);
                continue;
            }
            if (++links > MostLinks)
                throw new SandboxException($"the image has too many symbolic links at {path}");
            if (target.StartsWith('/'))
                done.Clear();
            foreach (var step in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                rest.Push(step);
        }
        return "/" + string.Join('/', done);
    }
}
