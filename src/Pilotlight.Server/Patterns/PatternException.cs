namespace Pilotlight.Patterns;

/// <summary>A pattern is none. The message is AWS's reason, with the place in the text where AWS names one.</summary>
public sealed class PatternException(string reason) : Exception(reason);
