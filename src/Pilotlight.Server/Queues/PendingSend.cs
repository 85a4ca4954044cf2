namespace Pilotlight.Queues;

/// <summary>Messages that are being written. Sends end in the order in which their numbers were given, so that nothing on disk is passed over.</summary>
sealed class PendingSend
{
    public List<(MessageEntry Entry, MessageRow Row)> Messages { get; } = [];

    /// <summary>The write has ended.</summary>
    public bool IsWritten;

    public bool HasFailed;

    /// <summary>Whether the queue has the messages; false when the write failed.</summary>
    public TaskCompletionSource<bool> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
