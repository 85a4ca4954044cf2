namespace Pilotlight.Sandbox;

/// <summary>
/// Gives every container users of its own on the host, so that the kernel's limits for each user (pipe pages, locked memory, watches)
/// cannot be used up by one for another.
/// </summary>
sealed class UserRanges
{
    // Within the numbers that systemd leaves to containers, far above those that /etc/subuid gives to people.
    const uint First = 0x20000000;
    const int Count = 8192;

    readonly Lock _gate = new();
    readonly HashSet<int> _taken = [];
    int _next = Random.Shared.Next(Count);

    public uint Take()
    {
        lock (_gate)
        {
            if (_taken.Count == Count)
                throw new SandboxException($"there are {Count} sandboxes, and no users for another");
            while (!_taken.Add(_next))
                _next = (_next + 1) % Count;
            var taken = _next;
            _next = (_next + 1) % Count;
            return First + (uint)taken * ContainerConfiguration.UserRange;
        }
    }

    public void Return(uint firstUser)
    {
        lock (_gate)
            _taken.Remove((int)((firstUser - First) / ContainerConfiguration.UserRange));
    }
}
