// tsyringe reads constructor metadata through this global registry, which must exist before the first decorator runs.
import 'reflect-metadata';

/** A class whose constructor asks for its needs: `@injectable() class X { constructor(@inject(EXEC) exec: Exec) {} }`. */
/** For the loader alone. */
export { container, type DependencyContainer, inject, injectable } from 'tsyringe';
