namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>The handlers that one event is for. Nearly always it is one, which costs no allocation.</summary>
internal struct CalledHandlers
{
    private EventHandlers.Entry? _first;
    private List<EventHandlers.Entry>? _others;

    public readonly int Count => _first is null ? 0 : 1 + (_others?.Count ?? 0);

    /// <summary>True when the result of one of them is the acknowledgement.</summary>
    public readonly bool Answer => _first?.Plan.Answers == true || _others?.Exists(static entry => entry.Plan.Answers) == true;

    public readonly EventHandlers.Entry this[int index] => index == 0 ? _first! : _others![index - 1];

    public void Add(EventHandlers.Entry entry)
    {
        if (_first is null)
            _first = entry;
        else
            (_others ??= []).Add(entry);
    }
}
