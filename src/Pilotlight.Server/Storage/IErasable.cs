namespace Pilotlight.Storage;

/// <summary>Keeps state that a reset of the platform empties. Registered as a service of this type by its slice.</summary>
public interface IErasable
{
    /// <summary>Back to what a new data folder has, in memory and on disk.</summary>
    Task EraseAsync();
}
