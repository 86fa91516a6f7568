namespace CxrAnnotate.Tests;

public sealed class LifetimeTests
{
    [Fact]
    public void Memory_is_freed_once_and_never_while_it_is_used()
    {
        for (int round = 0; round < 200; round++)
        {
            int freed = 0,
                uses = 0;
            bool freedInUse = false;
            var lifetime = new Lifetime(
                typeof(LifetimeTests),
                () =>
                {
                    Interlocked.Increment(ref freed);
                    freedInUse |= Volatile.Read(ref uses) > 0;
                }
            );
            using var together = new Barrier(4);
            Thread[] users =
            [
                .. Enumerable
                    .Range(0, 3)
                    .Select(_ => new Thread(() =>
                    {
                        together.SignalAndWait(TestContext.Current.CancellationToken);
                        try
                        {
                            while (true)
                            {
                                using Lifetime.Use use = lifetime.Enter();
                                Interlocked.Increment(ref uses);
                                Thread.SpinWait(20);
                                Interlocked.Decrement(ref uses);
                            }
                        }
                        catch (ObjectDisposedException)
                        {
                            // Ended.
                        }
                    })),
            ];
            foreach (Thread user in users)
                user.Start();
            together.SignalAndWait(TestContext.Current.CancellationToken);
            Thread.SpinWait(round * 10);
            lifetime.End();
            lifetime.End();
            foreach (Thread user in users)
                user.Join();
            Assert.Equal(1, freed);
            Assert.False(freedInUse);
        }
    }

    [Fact]
    public void What_is_used_is_freed_by_the_last_who_leaves()
    {
        int freed = 0;
        var lifetime = new Lifetime(typeof(LifetimeTests), () => freed++);
        using (lifetime.Enter())
        {
            using (lifetime.Enter())
                lifetime.End();
            Assert.Equal(0, freed);
            Assert.Throws<ObjectDisposedException>(() =>
            {
                using Lifetime.Use _ = lifetime.Enter();
            });
        }

        Assert.Equal(1, freed);
        Assert.Equal(typeof(LifetimeTests).FullName, Assert.Throws<ObjectDisposedException>(lifetime.Check).ObjectName);
    }

    [Fact]
    public void A_lifetime_within_another_keeps_it_and_ends_with_it()
    {
        int freed = 0;
        var outer = new Lifetime(typeof(string), () => freed++);
        var inner = new Lifetime(typeof(int), () => { }, outer);
        using (inner.Enter())
        {
            outer.End();
            Assert.Equal(0, freed);
            Assert.Equal(typeof(string).FullName, Assert.Throws<ObjectDisposedException>(inner.Check).ObjectName);
            Assert.Throws<ObjectDisposedException>(() =>
            {
                using Lifetime.Use _ = inner.Enter();
            });
        }

        Assert.Equal(1, freed);
    }

    [Fact]
    public void Of_several_of_which_one_has_ended_none_is_entered()
    {
        int freed = 0;
        var first = new Lifetime(typeof(string), () => freed++);
        var ended = new Lifetime(typeof(int), () => { });
        ended.End();
        Assert.Throws<ObjectDisposedException>(() =>
        {
            using Lifetime.Use _ = Lifetime.EnterAll(first, ended);
        });
        first.End();
        Assert.Equal(1, freed);
    }
}
