import { expect } from 'chai';
import { hasCode } from '../errors/blockhost-error.js';
import { resolvePaths } from './resolve-paths.js';

describe('resolvePaths', () => {
  it('answers the standard folders of an installed host', () => {
    const { root, config, state, run, share } = resolvePaths({});
    expect({ root, config, state, run, share }).to.deep.equal({
      root: '/',
      config: '/etc/blockhost',
      state: '/var/lib/blockhost',
      run: '/run/blockhost',
      share: '/usr/share/blockhost',
    });
  });

  it('moves every absolute path below BLOCKHOST_ROOT', () => {
    const paths = resolvePaths({ BLOCKHOST_ROOT: '/srv/host' });
    expect(paths.config).to.equal('/srv/host/etc/blockhost');
    expect(paths.resolve('/opt/blockhost/.env')).to.equal('/srv/host/opt/blockhost/.env');
    expect(paths.resolve('/')).to.equal('/srv/host/');
  });

  it('takes an overriding folder as it is, and resolves standard paths into it', () => {
    const paths = resolvePaths({ BLOCKHOST_ROOT: '/srv/host', BLOCKHOST_CONFIG_DIR: '/tmp/conf' });
    expect(paths.config).to.equal('/tmp/conf');
    expect(paths.resolve('/etc/blockhost/hot.key')).to.equal('/tmp/conf/hot.key');
    expect(paths.resolve('/etc/blockhost-other/x')).to.equal('/srv/host/etc/blockhost-other/x');
    expect(paths.state).to.equal('/srv/host/var/lib/blockhost');
  });

  it('counts empty variables as absent', () => {
    expect(resolvePaths({ BLOCKHOST_ROOT: '', BLOCKHOST_RUN_DIR: '' }).run).to.equal('/run/blockhost');
  });

  it('never leaves the root, whatever dots a path holds', () => {
    expect(resolvePaths({ BLOCKHOST_ROOT: '/srv/host' }).resolve('/../../etc/passwd')).to.equal(
      '/srv/host/etc/passwd',
    );
  });

  it('refuses a relative path by name', () => {
    expect(() => resolvePaths({}).resolve('etc/x'))
      .to.throw()
      .that.satisfies((error: unknown) => hasCode(error, 'paths.not-absolute'));
  });
});
