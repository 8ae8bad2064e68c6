using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>A session's calls of the handler: one after the other, the one of its end last.</summary>
internal sealed class HandlerCalls
{
    private readonly EngineSocket _session;
    private readonly SessionContext _context;

    // True from the start: nothing may reach the handler before Opened has returned.
    private bool _isCalling = true;
    private bool _isClosedDue;
    private CloseReason _reason;

    public HandlerCalls(EngineSocket session)
    {
        _session = session;
        _context = session.Context;
    }

    private IEngineHandler Handler => _context.Server.Handler;

    /// <summary>Tells the handler of the session.</summary>
    public void RunOpened()
    {
        lock (_context.Gate)
            _session.Outbound.Hold();
        _context.Server.TellOpened(_session);
        try
        {
            Handler.Opened(_session);
        }
        catch (Exception e)
        {
            _context.Server.Guard.Fail(nameof(IEngineHandler.Opened), e);
        }

        Exit();
    }

    /// <summary>Tells of a packet that is no message, when somebody listens and the session is not over. Its end comes behind it.</summary>
    public void TellReceived(IEngineTransport transport, EnginePacketType type, ReadOnlyMemory<byte> data)
    {
        if (!_context.Server.IsReceivedTold)
            return;
        lock (_context.Gate)
        {
            if (_context.Phase != SessionPhase.Open || !ReferenceEquals(_context.Transport, transport))
                return;

            _isCalling = true;
            _session.Outbound.Hold();
        }

        _context.Server.TellReceived(_session, type, data);
        Exit();
    }

    /// <summary>Hands the handler a message; false when the session is over, or another transport's by now.</summary>
    public bool TryDeliver(IEngineTransport transport, ReadOnlyMemory<byte> data, bool isBinary)
    {
        lock (_context.Gate)
        {
            if (_context.Phase != SessionPhase.Open || !ReferenceEquals(_context.Transport, transport))
                return false;

            _session.Heartbeat.Extend();
            _isCalling = true;
            _session.Outbound.Hold();
        }

        _context.Server.TellReceived(_session, EnginePacketType.Message, data);
        try
        {
            Handler.Message(_session, data, isBinary);
        }
        catch (Exception e)
        {
            _context.Server.Guard.Fail(nameof(IEngineHandler.Message), e);
        }

        Exit();
        return true;
    }

    /// <summary>
    /// The session is over. Under the lock. True when the caller is to <see cref="RunClosed"/>; otherwise it comes behind the call that is running.
    /// </summary>
    public bool TryBeginClosed(CloseReason reason)
    {
        _reason = reason;
        _isClosedDue = _isCalling;
        return !_isCalling;
    }

    public void RunClosed()
    {
        try
        {
            Handler.Closed(_session, _reason);
        }
        catch (Exception e)
        {
            _context.Server.Guard.Fail(nameof(IEngineHandler.Closed), e);
        }

        _context.Server.TellClosed(_session, _reason);
        _context.Server.Forget();
    }

    private void Exit()
    {
        bool isClosedDue, isFlushDue;
        lock (_context.Gate)
        {
            _isCalling = false;
            isClosedDue = _isClosedDue;
            _isClosedDue = false;
            isFlushDue = _session.Outbound.Release();
        }

        if (isFlushDue)
            _session.Outbound.RunFlush();
        if (isClosedDue)
            RunClosed();
    }
}
