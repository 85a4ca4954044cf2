namespace Pilotlight.Sandbox;

/// <summary>A process that a guest started for the host.</summary>
sealed class GuestProcess(int id, GuestChannel channel) : SandboxProcess
{
    readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override int Id => id;

    public override Task<ExitStatus> Exited => _exited.Task;

    public override void Signal(int signal)
    {
        if (!_exited.Task.IsCompleted)
            channel.Send(HostFrames.Signal(id, signal));
    }

    public void SetExited(ExitStatus status) => _exited.TrySetResult(status);
}
