namespace Pilotlight.Sandbox;

/// <summary>
/// The addresses of one subnet. The one returned longest ago is rented next, so that what the network still remembers of an address
/// (connections tracked, neighbours) has gone when another sandbox gets it.
/// </summary>
sealed class AddressPool(Subnet subnet)
{
    readonly Lock _gate = new();
    readonly Queue<uint> _free = new(subnet.Hosts);

    /// <exception cref="SandboxException">Every address is in use.</exception>
    internal uint Rent()
    {
        lock (_gate)
            return _free.TryDequeue(out var address) ? address : throw new SandboxException($"every address of {subnet} is in use");
    }

    internal void Return(uint address)
    {
        lock (_gate)
            _free.Enqueue(address);
    }
}
