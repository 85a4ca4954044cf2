namespace Pilotlight.HttpApis;

/// <summary>
/// Chooses the route of a request as API Gateway does: a route that fits the path part by part before one with a greedy variable
/// (<c>{proxy+}</c>), and those before <c>$default</c>; among them what is written out before variables, and a method before ANY.
/// </summary>
sealed class RouteTable
{
    readonly Node _root = new();
    readonly ServedRoute? _default;
    readonly bool _hasGreedy;

    public RouteTable(IEnumerable<ServedRoute> routes)
    {
        foreach (var route in routes)
        {
            if (route.IsDefault)
            {
                _default = route;
                continue;
            }

            var node = _root;
            foreach (var part in route.Path[1..].Split('/'))
                node = node.Next(part);
            node.Routes[route.Method] = route;
            _hasGreedy |= node.IsGreedy;
        }
    }

    /// <param name="path">As it was sent, not decoded.</param>
    /// <param name="values">Of the route's variables, in order, not decoded.</param>
    public ServedRoute? Find(string method, ReadOnlySpan<char> path, List<string> values)
    {
        if (path.StartsWith('/'))
            path = path[1..];
        if (Find(_root, method, path, values, takesGreedy: false) is { } exact)
            return exact;
        values.Clear();
        if (_hasGreedy && Find(_root, method, path, values, takesGreedy: true) is { } greedy)
            return greedy;
        values.Clear();
        return _default;
    }

    static ServedRoute? Find(Node node, string method, ReadOnlySpan<char> path, List<string> values, bool takesGreedy)
    {
        var slash = path.IndexOf('/');
        var part = slash < 0 ? path : path[..slash];
        if (node.Static(part) is { } next && Follow(next, method, path, slash, values, takesGreedy) is { } found)
            return found;
        var depth = values.Count;
        if (node.Variable is { } variable && part.Length > 0)
        {
            values.Add(part.ToString());
            if (Follow(variable, method, path, slash, values, takesGreedy) is { } filled)
                return filled;
            values.RemoveRange(depth, values.Count - depth);
        }

        if (takesGreedy && node.Greedy?.Of(method) is { } greedy)
        {
            values.Add(path.ToString());
            return greedy;
        }

        return null;
    }

    static ServedRoute? Follow(Node node, string method, ReadOnlySpan<char> path, int slash, List<string> values, bool takesGreedy) =>
        slash < 0 ? node.Of(method) : Find(node, method, path[(slash + 1)..], values, takesGreedy);

    sealed class Node
    {
        readonly Dictionary<string, Node> _static = new(StringComparer.Ordinal);

        public Node? Variable { get; private set; }

        public Node? Greedy { get; private set; }

        public bool IsGreedy { get; private init; }

        public Dictionary<string, ServedRoute> Routes { get; } = new(StringComparer.Ordinal);

        public ServedRoute? Of(string method) => Routes.GetValueOrDefault(method) ?? Routes.GetValueOrDefault(ServedRoute.AnyMethod);

        /// <summary>Written out in the template: compared as it is, or decoded where the client encoded something.</summary>
        public Node? Static(ReadOnlySpan<char> part)
        {
            if (_static.Count == 0)
                return null;
            if (part.Contains('%'))
                return _static.GetValueOrDefault(Uri.UnescapeDataString(part.ToString()));
            return _static.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(part, out var next) ? next : null;
        }

        public Node Next(string part)
        {
            if (part.StartsWith('{') && part.EndsWith("+}", StringComparison.Ordinal))
                return Greedy ??= new Node { IsGreedy = true };
            if (part.StartsWith('{'))
                return Variable ??= new Node();
            if (!_static.TryGetValue(part, out var next))
                _static[part] = next = new Node();
            return next;
        }
    }
}
